#include "core/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace core {

namespace {

/// Out of the environment.
std::string take_variable(const char* name) {
    const char* const value = std::getenv(name);
    std::string taken = value != nullptr ? value : "";
    ::unsetenv(name);
    return taken;
}

std::uint64_t number_in(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? number : 0;
}

/// A path, or after '@' a name of the abstract kind.
Fd connect_to(const std::string& name) {
    sockaddr_un address{};
    if (name.empty() || name.size() >= sizeof address.sun_path) return {};
    if (name[0] != '/' && name[0] != '@') return {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) return {};
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0)
        return {};
    return socket;
}

}  // namespace

ServiceManager ServiceManager::of_environment() {
    ServiceManager manager;
    manager.name_ = take_variable("NOTIFY_SOCKET");
    manager.socket_ = connect_to(manager.name_);
    const std::uint64_t every = number_in(take_variable("WATCHDOG_USEC"));
    const std::string whose = take_variable("WATCHDOG_PID");
    const bool is_ours =
        whose.empty() || number_in(whose) == static_cast<std::uint64_t>(::getpid());
    if (is_ours) manager.watchdog_ = std::chrono::microseconds(every);
    return manager;
}

std::vector<std::string> ServiceManager::environment() const {
    std::vector<std::string> all;
    if (!socket_) return all;
    all.push_back("NOTIFY_SOCKET=" + name_);
    if (watchdog_.count() > 0) all.push_back("WATCHDOG_USEC=" + std::to_string(watchdog_.count()));
    return all;
}

void ServiceManager::reloading() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const auto micros = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 +
                        static_cast<std::uint64_t>(now.tv_nsec) / 1'000;
    tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(micros));
}

void ServiceManager::tell(std::string_view message) {
    if (!socket_) return;
    [[maybe_unused]] const auto sent =
        ::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL);
}

}  // namespace core

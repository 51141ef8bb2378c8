#include "core/listener.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cassert>
#include <cerrno>
#include <cstring>
#include <memory>
#include <new>

#include "core/log.h"
#include "core/tcp_socket.h"

namespace core {

namespace {

/// Connections taken per wake-up: a flood of them must not starve the sessions that are there.
constexpr int kAcceptsPerWake = 64;
/// How long accepting rests when the process is out of descriptors or memory.
constexpr timeval kExhaustedPause{.tv_sec = 0, .tv_usec = 100'000};

enum class Sharing { none, allowed };

std::error_code last_error() {
    return {errno, std::generic_category()};
}

/// Bound, but not yet listening.
Result<Fd, std::error_code> bind_socket(const Endpoint& address, Sharing sharing, bool is_v6_only) {
    sockaddr_storage raw;
    const auto length = address.to_sockaddr(raw);
    Fd socket(::socket(raw.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) return fail(last_error());
    set_option(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    set_option(socket.get(), SOL_SOCKET, SO_REUSEPORT, sharing == Sharing::allowed);
    if (address.family() == Endpoint::Family::v6)
        set_option(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, is_v6_only);
    if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&raw), length) != 0)
        return fail(last_error());
    return socket;
}

Result<Fd, std::error_code> listen_on(const Endpoint& address, const Listener::Settings& settings,
                                      Sharing sharing) {
    const bool is_any = address.address_bytes().find_first_not_of('\0') == std::string_view::npos;
    auto socket = bind_socket(address, sharing, !is_any);  // "[::]" is IPv4, too
    if (!socket) return socket;
    // Here once, instead of system calls for each accepted socket.
    prepare_tcp(socket->get(), settings.keepalive);
    if (::listen(socket->get(), settings.backlog) != 0) return fail(last_error());
    return socket;
}

std::string_view remedy_for(std::error_code why) {
    if (why == std::errc::address_in_use) return "; is another server using this port?";
    if (why == std::errc::address_not_available) return "; this machine has no such address";
    if (why == std::errc::too_many_files_open) return "; raise the descriptor limit (LimitNOFILE)";
    if (why == std::errc::permission_denied)
        return "; ports below 1024 are for root and for CAP_NET_BIND_SERVICE";
    return {};
}

}  // namespace

Result<Fd, std::error_code> Listener::bind(const Endpoint& address, const Settings& settings) {
    return listen_on(address, settings, Sharing::none);
}

Result<std::vector<Fd>, std::error_code> Listener::bind_shared(const Endpoint& address,
                                                               const Settings& settings,
                                                               unsigned count) {
    std::vector<Fd> sockets;
    while (sockets.size() < count) {
        auto socket = listen_on(address, settings, Sharing::allowed);
        if (!socket) return fail(socket.error());
        sockets.push_back(std::move(socket).value());
    }
    return sockets;
}

Result<void, std::error_code> Listener::check_free(const Endpoint& address) {
    const auto alone = bind_socket(address, Sharing::none, true);
    if (!alone) return fail(alone.error());
    return {};
}

Listener::Listener(EventLoop& loop, Fd socket, OnAccept on_accept)
    : loop_(loop), socket_(std::move(socket)), on_accept_(std::move(on_accept)) {
    const auto on_readable = [](evutil_socket_t, short, void* self) noexcept {
        static_cast<Listener*>(self)->accept_some();
    };
    const auto on_resume = [](evutil_socket_t, short, void* self) noexcept {
        event_add(static_cast<Listener*>(self)->readable_.get(), nullptr);
    };
    readable_.reset(
        event_new(loop_.base(), socket_.get(), EV_READ | EV_PERSIST, on_readable, this));
    resume_.reset(event_new(loop_.base(), -1, 0, on_resume, this));
    if (!readable_ || !resume_) throw std::bad_alloc();
    event_add(readable_.get(), nullptr);
}

int Listener::accept_some() {
    int accepted = 0;
    while (accepted < kAcceptsPerWake) {
        sockaddr_storage raw;
        socklen_t length = sizeof raw;
        Fd fd(::accept4(socket_.get(), reinterpret_cast<sockaddr*>(&raw), &length,
                        SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (fd) {
            ++accepted;
            on_accept_(std::move(fd), Endpoint::from_sockaddr(reinterpret_cast<sockaddr*>(&raw)));
            if (!socket_) return accepted;  // closed by the owner meanwhile
            continue;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) return accepted;
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            pause();
            return accepted;
        }
        // Anything else is the fault of that one connection (ECONNABORTED, network errors): go on.
    }
    return accepted;
}

void Listener::pause() {
    Log(Severity::warn, "accept_paused")
        .with("listener", local().to_string())
        .with("why", std::strerror(errno))
        .with("remedy", "raise the descriptor limit (LimitNOFILE) or lower [limits] sessions");
    event_del(readable_.get());
    event_add(resume_.get(), &kExhaustedPause);
}

void Listener::drain_and_close() {
    assert(loop_.is_own_thread());
    while (socket_ && accept_some() > 0) {
    }
    close();
}

void Listener::close() {
    assert(loop_.is_own_thread());
    event_del(readable_.get());
    event_del(resume_.get());
    if (is_shared_) {
        // Why a turn later: core/README.md, "A shared socket leaves epoll first".
        loop_.post([closed_then = std::make_shared<Fd>(std::move(socket_))] {});
    }
    socket_.reset();
}

Fd Listener::share() {
    is_shared_ = true;
    return Fd(::fcntl(socket_.get(), F_DUPFD_CLOEXEC, 0));
}

void Listener::set_backlog(int backlog) {
    ::listen(socket_.get(), backlog);  // again, on a socket that listens: sets nothing else
}

Endpoint Listener::local() const {
    return local_endpoint(socket_.get());
}

std::string cannot_listen(const Endpoint& address, std::error_code why) {
    return ("cannot listen on " + address.to_string() + ": " + why.message())
        .append(remedy_for(why));
}

}  // namespace core

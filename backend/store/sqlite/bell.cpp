#include "backend/store/sqlite/bell.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>

namespace backend {

namespace {

struct Address {
    explicit Address(std::uint64_t process) {
        const auto name = fmt::format("stanzanode {:x}", process);
        raw.sun_family = AF_UNIX;
        name.copy(raw.sun_path + 1, name.size());  // behind a NUL: it has no file
        size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&raw); }

    sockaddr_un raw{};
    socklen_t size = 0;
};

}  // namespace

core::Result<SqliteBell, std::string> SqliteBell::hang(std::uint64_t process) {
    core::Fd inside(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    core::Fd outside(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const Address address(process);
    if (!inside || !outside || ::bind(outside.get(), address.get(), address.size) != 0)
        return core::fail("no socket to be woken by: " + std::system_category().message(errno));
    return SqliteBell(std::move(inside), std::move(outside));
}

void SqliteBell::ring() const {
    // It fails only if it has been rung 2^64 times.
    [[maybe_unused]] const int failed = ::eventfd_write(inside_.get(), 1);
}

void SqliteBell::ring_at(std::uint64_t process) const {
    const Address address(process);
    constexpr char kRing = 1;
    // It fails if nobody is there any more, or if it has been rung often and will wake anyway.
    [[maybe_unused]] const auto sent =
        ::sendto(outside_.get(), &kRing, sizeof kRing, 0, address.get(), address.size);
}

void SqliteBell::wait() const {
    std::array<pollfd, 2> bells{{{inside_.get(), POLLIN, 0}, {outside_.get(), POLLIN, 0}}};
    while (::poll(bells.data(), bells.size(), -1) < 0 && errno == EINTR) {
    }
    std::array<char, 8> bytes;
    for (const pollfd& bell : bells)
        if (bell.revents != 0)
            while (::read(bell.fd, bytes.data(), bytes.size()) > 0) {
            }
}

}  // namespace backend

#pragma once
// What load_client and sink_server share: epoll as a value, and errors of system calls as
// exceptions that end the program in its main(). One thread.

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <system_error>

#include "core/handle.h"

namespace bench {

using Clock = std::chrono::steady_clock;

/// Throws std::system_error for the current errno.
[[noreturn]] inline void throw_errno(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// A level-triggered epoll set; each descriptor carries a number chosen by the caller.
class Poller {
public:
    Poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
        if (!epoll_) throw_errno("epoll_create1");
    }

    void add(int fd, std::uint32_t events, std::uint64_t number) {
        control(EPOLL_CTL_ADD, fd, events, number);
    }
    void change(int fd, std::uint32_t events, std::uint64_t number) {
        control(EPOLL_CTL_MOD, fd, events, number);
    }

    /// Waits at most `limit`; what comes back is valid until the next call. Empty on timeout or
    /// signal.
    std::span<const epoll_event> wait(std::chrono::milliseconds limit) {
        const int count = ::epoll_wait(epoll_.get(), ready_.data(), static_cast<int>(ready_.size()),
                                       static_cast<int>(limit.count()));
        if (count < 0 && errno != EINTR) throw_errno("epoll_wait");
        return {ready_.data(), static_cast<std::size_t>(count < 0 ? 0 : count)};
    }

private:
    void control(int operation, int fd, std::uint32_t events, std::uint64_t number) {
        epoll_event event{.events = events, .data = {.u64 = number}};
        if (::epoll_ctl(epoll_.get(), operation, fd, &event) != 0) throw_errno("epoll_ctl");
    }

    core::Fd epoll_;
    std::array<epoll_event, 512> ready_{};
};

}  // namespace bench

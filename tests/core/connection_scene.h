#pragma once
// A connection of core/connection over a socket pair: what it tells is recorded, and the test holds
// the far end.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/connection.h"
#include "tests/support/run_loop.h"

namespace test {

using core::Connection;
using core::EventLoop;
using core::Fd;

/// Records what a connection tells, and consumes as the test says.
struct Recorder final : core::ConnectionEvents {
    std::size_t on_bytes(std::string_view window) override {
        windows.emplace_back(window);
        const std::size_t done = consume ? consume(window) : window.size();
        taken.append(window.substr(0, done));
        return done;
    }
    void on_end() override { ended = true; }
    void on_broken(core::Broken why, std::string_view words) override {
        broken = why;
        detail = words;
    }
    void on_drained() override { ++drained; }
    void on_secured() override { secured = true; }

    std::function<std::size_t(std::string_view)> consume;
    std::vector<std::string> windows;
    std::string taken;
    std::string detail;
    bool ended = false;
    bool secured = false;
    int drained = 0;
    std::optional<core::Broken> broken;
};

struct Pair {
    Pair() {
        int fds[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
        near.reset(fds[0]);
        far.reset(fds[1]);
    }
    Fd near;
    Fd far;
};

/// Two ends of a TCP connection, for what socket pairs do not have (RST).
inline std::pair<Fd, Fd> tcp_pair() {
    Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener.get(), raw, size), 0);
    EXPECT_EQ(::listen(listener.get(), 1), 0);
    EXPECT_EQ(::getsockname(listener.get(), raw, &size), 0);
    Fd near(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(near.get(), raw, size), 0);
    Fd far(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    EXPECT_EQ(::fcntl(near.get(), F_SETFL, O_NONBLOCK), 0);
    return {std::move(near), std::move(far)};
}

inline void write_all(const Fd& fd, std::string_view bytes) {
    ASSERT_EQ(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
}

inline std::string read_some(const Fd& fd) {
    std::string bytes(1 << 20, '\0');
    const auto got = ::recv(fd.get(), bytes.data(), bytes.size(), 0);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
}

class ConnectionTest : public testing::Test {
protected:
    bool wait(const std::function<bool()>& until) { return test::run_until(loop, until); }

    EventLoop loop;
    core::Watermarks marks{.low = 10'000, .high = 40'000};
    Recorder owner;
    Pair sockets;
};

}  // namespace test

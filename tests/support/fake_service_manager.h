#pragma once
// systemd as a server sees it: a datagram socket with a name of the abstract kind, in
// $NOTIFY_SOCKET.

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include "core/handle.h"

namespace test {

class FakeServiceManager {
public:
    FakeServiceManager()
        : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
        const std::string name = "@stanzagate-test-" + std::to_string(::getpid());
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path + 1, name.data() + 1, name.size() - 1);
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
        EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), length), 0);
        ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    }
    /// Empty: nothing has come.
    std::string next() {
        std::array<char, 256> room{};
        const auto got = ::recv(socket_.get(), room.data(), room.size(), 0);
        return got < 0 ? "" : std::string(room.data(), static_cast<std::size_t>(got));
    }

private:
    core::Fd socket_;
};

}  // namespace test

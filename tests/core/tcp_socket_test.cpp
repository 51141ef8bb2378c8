// Aim: a peer that vanished is noticed, whether it was asked something or not.

#include "core/tcp_socket.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/handle.h"

namespace core {
namespace {

int option(int fd, int level, int name) {
    int value = -1;
    socklen_t length = sizeof value;
    EXPECT_EQ(::getsockopt(fd, level, name, &value, &length), 0);
    return value;
}

TEST(TcpSocket, GivesUpBytesUnderWayWhenItWouldGiveUpASilentPeer) {
    const Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_TRUE(fd);
    prepare_tcp(fd.get(), {.idle_seconds = 60, .interval_seconds = 10, .probes = 3});
    EXPECT_EQ(option(fd.get(), SOL_SOCKET, SO_KEEPALIVE), 1);
    EXPECT_EQ(option(fd.get(), IPPROTO_TCP, TCP_KEEPIDLE), 60);
    EXPECT_EQ(option(fd.get(), IPPROTO_TCP, TCP_KEEPINTVL), 10);
    EXPECT_EQ(option(fd.get(), IPPROTO_TCP, TCP_KEEPCNT), 3);
    EXPECT_EQ(option(fd.get(), IPPROTO_TCP, TCP_USER_TIMEOUT), 90'000);
    EXPECT_EQ(option(fd.get(), IPPROTO_TCP, TCP_NODELAY), 1);
}

TEST(TcpSocket, OneThatHasBeenSilentIsAskedAsOftenAsOthers) {
    // A listener on loopback and a connection to it, over which nothing is said.
    const Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    socklen_t length = sizeof address;
    ASSERT_EQ(::bind(listener.get(), raw, length), 0);
    ASSERT_EQ(::listen(listener.get(), 1), 0);
    ASSERT_EQ(::getsockname(listener.get(), raw, &length), 0);
    const Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::connect(fd.get(), raw, length), 0);
    const Fd accepted(::accept(listener.get(), nullptr, nullptr));

    constexpr Keepalive kRare{.idle_seconds = 720, .interval_seconds = 30, .probes = 8};
    constexpr Keepalive kOften{.idle_seconds = 5, .interval_seconds = 3, .probes = 8};
    prepare_tcp(fd.get(), kRare);
    const int fresh = option(fd.get(), IPPROTO_TCP, TCP_USER_TIMEOUT);
    EXPECT_GE(fresh, kRare.patience_ms());
    EXPECT_LT(fresh, kRare.patience_ms() + 60'000);
    ::usleep(300'000);  // the span of time that is measured
    set_keepalive(fd.get(), kOften);
    // The system compares its patience with all of the silence.
    EXPECT_GE(option(fd.get(), IPPROTO_TCP, TCP_USER_TIMEOUT), kOften.patience_ms() + 250);
    EXPECT_EQ(option(fd.get(), IPPROTO_TCP, TCP_KEEPIDLE), 5);
}

}  // namespace
}  // namespace core

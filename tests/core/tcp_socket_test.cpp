// Aim: a peer that vanished is noticed, whether it was asked something or not.

#include "core/tcp_socket.h"

#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

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

}  // namespace
}  // namespace core

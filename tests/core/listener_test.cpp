// Aim: a listener that another process has, too, is left without a trace.

#include "core/listener.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <vector>

#include "core/event_loop.h"
#include "core/handle.h"

namespace core {
namespace {

constexpr int kBacklog = 8;

/// A connection to `to` that is accepted by nobody yet.
Fd knock(const Endpoint& to) {
    sockaddr_storage raw;
    const auto length = to.to_sockaddr(raw);
    Fd fd(::socket(raw.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&raw), length), 0);
    return fd;
}

void run_turns(EventLoop& loop) {
    for (int turn = 0; turn < 5; ++turn) loop.run_once();
}

TEST(Listener, OneThatLivesOnElsewhereWakesNobodyWhoGetsItsNumber) {
    EventLoop loop;
    auto socket =
        Listener::bind(*Endpoint::parse("127.0.0.1:0"), {.backlog = kBacklog, .keepalive = {}});
    ASSERT_TRUE(socket);
    const int number = socket->get();
    Listener listener(loop, std::move(socket).value(), [](Fd, const Endpoint&) { FAIL(); });
    run_turns(loop);
    const Fd elsewhere = listener.share();
    const Endpoint address = listener.local();
    listener.close();
    run_turns(loop);

    // Whoever comes next gets the number.
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    const Fd near(ends[0]);
    const Fd far(ends[1]);
    ASSERT_EQ(near.get(), number);
    int wakes = 0;
    const auto count = [](evutil_socket_t, short, void* counted) { ++*static_cast<int*>(counted); };
    const Event readable(event_new(loop.base(), near.get(), EV_READ, count, &wakes));
    event_add(readable.get(), nullptr);
    const Fd waiting = knock(address);
    run_turns(loop);
    EXPECT_EQ(wakes, 0);
}

}  // namespace
}  // namespace core

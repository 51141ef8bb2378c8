#include "core/connection.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <string_view>

#include "tests/core/connection_scene.h"

namespace {

using namespace test;

TEST_F(ConnectionTest, ShowsWhatWasNotConsumedAgainWithWhatFollows) {
    owner.consume = [](std::string_view window) { return window.rfind(';') + 1; };
    Connection connection(loop, std::move(sockets.near), owner, marks);
    connection.resume_reading();
    write_all(sockets.far, "one;tw");
    ASSERT_TRUE(wait([&] { return !owner.windows.empty(); }));
    EXPECT_EQ(connection.pending_input(), 2U);
    write_all(sockets.far, "o;");
    ASSERT_TRUE(wait([&] { return owner.windows.size() == 2; }));
    EXPECT_EQ(owner.windows[1], "two;");
    EXPECT_EQ(owner.taken, "one;two;");
    EXPECT_EQ(connection.pending_input(), 0U);
}

TEST_F(ConnectionTest, HoldsNoInputWhileIdle) {
    Connection connection(loop, std::move(sockets.near), owner, marks);
    connection.resume_reading();
    write_all(sockets.far, std::string(30'000, 'x'));
    ASSERT_TRUE(wait([&] { return owner.taken.size() == 30'000; }));
    EXPECT_EQ(connection.pending_input(), 0U);
    EXPECT_LE(sizeof(Connection), 320U);
}

TEST_F(ConnectionTest, PausedMeansNoBytesUntilResumed) {
    Connection connection(loop, std::move(sockets.near), owner, marks);
    owner.consume = [&](std::string_view) -> std::size_t {
        connection.pause_reading();
        return 1;
    };
    connection.resume_reading();
    write_all(sockets.far, "abc");
    ASSERT_TRUE(wait([&] { return owner.windows.size() == 1; }));
    write_all(sockets.far, "d");
    for (int i = 0; i < 10; ++i) loop.run_once();
    EXPECT_EQ(owner.windows.size(), 1U);
    owner.consume = nullptr;
    connection.resume_reading();
    ASSERT_TRUE(wait([&] { return owner.taken == "abcd"; }));
    EXPECT_EQ(owner.windows[1], "bc");
}

TEST_F(ConnectionTest, HandsOverWithWhatWasLeft) {
    Connection connection(loop, std::move(sockets.near), owner, marks);
    Recorder next;
    owner.consume = [&](std::string_view) -> std::size_t {
        connection.hand_over(next);
        return 4;
    };
    connection.resume_reading();
    write_all(sockets.far, "GET;<stream");
    ASSERT_TRUE(wait([&] { return !next.windows.empty(); }));
    EXPECT_EQ(next.taken, "<stream");
    write_all(sockets.far, ">");
    ASSERT_TRUE(wait([&] { return next.taken == "<stream>"; }));
    EXPECT_EQ(owner.windows.size(), 1U);
}

TEST_F(ConnectionTest, TellsOfTheEndAfterTheLastBytes) {
    Connection connection(loop, std::move(sockets.near), owner, marks);
    connection.resume_reading();
    write_all(sockets.far, "last");
    ::shutdown(sockets.far.get(), SHUT_WR);
    ASSERT_TRUE(wait([&] { return owner.ended; }));
    EXPECT_EQ(owner.taken, "last");
    EXPECT_TRUE(connection.send("answer"));
    EXPECT_EQ(read_some(sockets.far), "answer");
}

TEST_F(ConnectionTest, SaysStopAboveTheHighMarkAndDrainedAtTheLowOne) {
    Connection connection(loop, std::move(sockets.near), owner, marks);
    const std::string block(16'000, 'b');
    std::size_t sent = 0;
    while (connection.send(block)) {
        sent += block.size();
        ASSERT_LT(sent, 10'000'000U);
    }
    sent += block.size();
    EXPECT_LE(connection.pending_output(), marks.high + block.size());
    EXPECT_EQ(owner.drained, 0);
    std::size_t received = 0;
    ASSERT_TRUE(wait([&] {
        received += read_some(sockets.far).size();
        return received == sent;
    }));
    EXPECT_EQ(owner.drained, 1);
    EXPECT_EQ(connection.pending_output(), 0U);
}

TEST_F(ConnectionTest, FinishFlushesBeforeTheFin) {
    Connection connection(loop, std::move(sockets.near), owner, marks);
    const std::string block(1'000'000, 'b');
    connection.send(block);
    connection.finish();
    connection.send("ignored");
    std::size_t received = 0;
    ASSERT_TRUE(wait([&] {
        received += read_some(sockets.far).size();
        return received >= block.size();
    }));
    EXPECT_EQ(received, block.size());
    ASSERT_TRUE(wait([&] {
        char byte;
        return ::recv(sockets.far.get(), &byte, 1, 0) == 0;
    }));
    EXPECT_EQ(owner.drained, 1);
}

TEST_F(ConnectionTest, FinishWithResetFlushesBeforeTheRst) {
    auto [near, far] = tcp_pair();
    Connection connection(loop, std::move(near), owner, marks);
    const std::string block(8'000'000, 'b');  // more than the kernel takes at once
    connection.send(block);
    connection.finish_with_reset();
    connection.send("ignored");
    EXPECT_GT(connection.pending_output(), 0U);
    EXPECT_FALSE(owner.broken.has_value()) << "never from within the call";
    std::size_t received = 0;
    ASSERT_TRUE(wait([&, &peer = far] {
        received += read_some(peer).size();
        return owner.broken.has_value();
    }));
    connection.close();
    ssize_t got = 0;
    for (char bytes[4096]; (got = ::recv(far.get(), bytes, sizeof bytes, 0)) > 0;)
        received += static_cast<std::size_t>(got);
    EXPECT_EQ(received, block.size());
    EXPECT_EQ(got, -1);
    EXPECT_EQ(errno, ECONNRESET);
}

TEST_F(ConnectionTest, FinishWithResetOfAnIdleConnectionIsAtOnce) {
    auto [near, far] = tcp_pair();
    Connection connection(loop, std::move(near), owner, marks);
    connection.finish_with_reset();
    ASSERT_TRUE(wait([&] { return owner.broken.has_value(); }));
    EXPECT_EQ(*owner.broken, core::Broken::reset);
    connection.close();
    char byte;
    EXPECT_EQ(::recv(far.get(), &byte, 1, 0), -1);
    EXPECT_EQ(errno, ECONNRESET);
}

TEST_F(ConnectionTest, AFailedSendIsToldFromTheLoop) {
    Connection connection(loop, std::move(sockets.near), owner, marks);
    sockets.far.reset();
    connection.send("lost");
    EXPECT_FALSE(owner.broken.has_value());
    ASSERT_TRUE(wait([&] { return owner.broken.has_value(); }));
    EXPECT_EQ(*owner.broken, core::Broken::reset);
}

TEST_F(ConnectionTest, HearsWhatWasSaidBeforeASendFailed) {
    auto [near, far] = tcp_pair();
    Connection connection(loop, std::move(near), owner, marks);
    connection.resume_reading();
    connection.send("a request that nobody reads");
    ASSERT_EQ(::send(far.get(), "no", 2, 0), 2);
    far.reset();  // with a RST, since there is something to read
    connection.send("more of it");
    ASSERT_TRUE(wait([&] { return owner.broken.has_value(); }));
    EXPECT_EQ(owner.taken, "no");
    EXPECT_EQ(*owner.broken, core::Broken::reset);
}

TEST_F(ConnectionTest, MayBeClosedFromWithinItsOwnCallback) {
    Connection connection(loop, std::move(sockets.near), owner, marks);
    owner.consume = [&](std::string_view) -> std::size_t {
        connection.close();
        return 0;
    };
    connection.resume_reading();
    write_all(sockets.far, "abc");
    ASSERT_TRUE(wait([&] { return !connection.is_open(); }));
    EXPECT_EQ(owner.windows.size(), 1U);
}

}  // namespace

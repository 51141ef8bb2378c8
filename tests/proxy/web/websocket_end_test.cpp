// Aim: the client sees the end that fits, whoever ends first, and a client that is silent for too
// long is lost.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "tests/proxy/web/websocket_talk.h"

namespace proxy {
namespace {

using namespace scene;

using WebSocketEndTest = WebSocketTest;

TEST_F(WebSocketEndTest, N25_TheClientClosesFirst) {
    Talk talk(world);
    talk.log_in();
    talk.say(kClientCloses);
    ASSERT_TRUE(wait([&] { return talk.session.received == kEnd; }));
    EXPECT_FALSE(talk.session.has_ended);
    talk.leg->send(kEnd);
    talk.leg->finish();
    ASSERT_TRUE(wait([&] { return talk.client.ended; }));
    EXPECT_TRUE(talk.heard().ends_with(std::string(kClosed) + "close:1000;")) << talk.heard();
    EXPECT_FALSE(talk.leg->is_gone());
    talk.far.send(close_frame(1000));
    ASSERT_TRUE(wait([&] { return talk.session.is_gone; }));
    EXPECT_TRUE(talk.leg->is_gone());
}

TEST_F(WebSocketEndTest, N25_WeCloseFirst) {
    Talk talk(world);
    world.shared.close = std::chrono::minutes(1);
    talk.log_in();
    talk.leg->send(kEnd);
    talk.leg->finish();
    ASSERT_TRUE(wait([&] { return talk.has_heard(kClosed); }));
    ASSERT_TRUE(talk.settle());
    EXPECT_FALSE(talk.has_heard("close:1")) << "the client's <close/> is waited for";
    talk.say(kClientCloses);
    ASSERT_TRUE(wait([&] { return talk.client.ended; }));
    EXPECT_TRUE(talk.heard().ends_with("close:1000;")) << talk.heard();
    talk.far.send(close_frame(1000));
    ASSERT_TRUE(wait([&] { return talk.session.is_gone; }));
    EXPECT_EQ(talk.session.received, "") << "what comes behind the end is dropped";
}

TEST_F(WebSocketEndTest, N25_BothCloseAtOnce) {
    Talk talk(world);
    world.shared.close = std::chrono::minutes(1);
    talk.log_in();
    talk.say(kClientCloses);
    talk.leg->send(kEnd);
    talk.leg->finish();  // before the client's <close/> has been read
    ASSERT_TRUE(wait([&] { return talk.client.ended; }));
    EXPECT_TRUE(talk.heard().ends_with(std::string(kClosed) + "close:1000;")) << talk.heard();
}

TEST_F(WebSocketEndTest, N25_AClientThatDoesNotAnswerIsClosedAllTheSame) {
    Talk talk(world);
    talk.log_in();
    talk.leg->send(kEnd);
    talk.leg->finish();
    ASSERT_TRUE(wait([&] { return talk.client.ended; }));
    EXPECT_TRUE(talk.heard().ends_with(std::string(kClosed) + "close:1000;")) << talk.heard();
    EXPECT_FALSE(talk.leg->is_gone());
    talk.far.close();
    ASSERT_TRUE(wait([&] { return talk.session.is_gone; }));
}

TEST_F(WebSocketEndTest, N25_ACloseFrameWithoutCloseIsACut) {
    Talk talk(world);
    talk.log_in();
    talk.far.send(close_frame(1001));
    ASSERT_TRUE(wait([&] { return talk.session.has_ended; }));
    EXPECT_EQ(talk.session.received, "") << "the backend sees no end of the stream";
    talk.leg->send(kEnd);  // too late to be said
    talk.leg->finish();
    ASSERT_TRUE(wait([&] { return talk.client.ended; }));
    EXPECT_TRUE(talk.heard().ends_with("close:1001;")) << talk.heard();
    EXPECT_TRUE(talk.leg->is_gone());
}

TEST_F(WebSocketEndTest, N25_AConnectionThatEndsWithoutWordsIsACut) {
    Talk talk(world);
    talk.log_in();
    talk.far.send(client_frame(kFirst, "<presence"));
    talk.far.finish();
    ASSERT_TRUE(wait([&] { return talk.session.has_ended; }));
    EXPECT_EQ(talk.session.received, "");
}

TEST_F(WebSocketEndTest, N25_WhoIsCutMayResume) {
    Talk talk(world);
    talk.log_in();
    talk.leg->finish();  // without words
    ASSERT_TRUE(wait([&] { return talk.client.ended; }));
    EXPECT_TRUE(talk.heard().ends_with(";close:1012;")) << talk.heard();
    EXPECT_FALSE(talk.has_heard(kClosed));
    talk.far.send(close_frame(1012));
    ASSERT_TRUE(wait([&] { return talk.session.is_gone; }));
}

TEST_F(WebSocketEndTest, NothingIsReadBehindACloseFrame) {
    Talk talk(world);
    talk.far.send(close_frame(1000) + client_frame("<presence/>") + client_frame(kPing, "x"));
    ASSERT_TRUE(wait([&] { return talk.client.ended; }));
    EXPECT_EQ(talk.heard(), "close:1000;");
    EXPECT_EQ(talk.session.received, "");
}

TEST_F(WebSocketEndTest, AClientThatBreaksIsLost) {
    Talk talk(world);
    talk.leg->pause_reading();
    talk.far.send(client_frame("<presence/>"));
    talk.far.close();
    talk.log_in();
    ASSERT_TRUE(wait([&] { return talk.session.lost.has_value(); }));
    EXPECT_EQ(talk.session.lost, ClientLoss::connection);
    EXPECT_TRUE(talk.leg->is_gone());
}

TEST_F(WebSocketEndTest, AnAbandonedLegSaysNothingMore) {
    Talk talk(world);
    talk.log_in();
    talk.leg->abandon();
    EXPECT_TRUE(talk.leg->is_gone());
    ASSERT_TRUE(wait([&] { return talk.client.ended || talk.client.broken; }));
    EXPECT_FALSE(talk.has_heard("close:"));
    EXPECT_FALSE(talk.session.is_gone);
    EXPECT_FALSE(talk.session.has_ended);
}

// Pings that nobody answers.

std::size_t pings_heard(const Talk& talk) {
    std::size_t count = 0;
    const std::string heard = talk.heard();
    for (std::size_t at = 0; (at = heard.find("ping:;", at)) != std::string::npos; ++at) ++count;
    return count;
}

TEST(WebSocketPings, WhoAnswersNoneIsLost) {
    World world(std::chrono::milliseconds(120));
    Talk talk(world);
    talk.log_in();
    ASSERT_TRUE(world.wait([&] { return talk.session.lost.has_value(); }));
    EXPECT_EQ(talk.session.lost, ClientLoss::connection);
    EXPECT_EQ(talk.session.detail, "no_pong");
    EXPECT_TRUE(talk.leg->is_gone());
    ASSERT_TRUE(world.wait([&] { return talk.client.ended || talk.client.broken; }));
    EXPECT_TRUE(talk.heard().ends_with("ping:;ping:;ping:;")) << talk.heard();
    EXPECT_FALSE(talk.session.has_ended) << "the backend sees a cut, which can be resumed";
}

/// A frame of any kind says that the client is there.
TEST(WebSocketPings, WhoSaysAnythingIsThere) {
    World world(std::chrono::milliseconds(120));
    Talk talk(world);
    talk.log_in();
    std::size_t answered = 0;
    ASSERT_TRUE(world.wait([&] {
        for (; answered < pings_heard(talk); ++answered)
            talk.far.send(answered % 2 == 0 ? client_frame(kPong, "")
                                            : client_frame("<presence/>"));
        return answered >= 8;
    }));
    EXPECT_FALSE(talk.session.lost.has_value());
}

/// What we do not read cannot show us an answer.
TEST(WebSocketPings, WhoIsNotReadIsNotLost) {
    World world(std::chrono::milliseconds(120));
    Talk talk(world);
    talk.log_in();
    talk.leg->pause_reading();
    ASSERT_TRUE(world.wait([&] { return pings_heard(talk) >= 8; }));
    EXPECT_FALSE(talk.session.lost.has_value());
    talk.leg->resume_reading();
    ASSERT_TRUE(world.wait([&] { return talk.session.lost.has_value(); }));
}

}  // namespace
}  // namespace proxy

// Aim: what nodes make of one session that they share, and that a slow, full or broken disk neither
// blocks a node nor makes it say more than is saved.

#include "backend/node/node.h"

#include <gtest/gtest.h>

#include "tests/backend/node/node_on_disk.h"

namespace backend {
namespace {

using namespace std::chrono_literals;
using ::test::NodeClient;

TEST_F(NodeTest, OfTwoNodesThatResumeAtOnceOneSaysSo) {
    const Node* other = start("n2");
    auto first = bound();
    const std::string id = enable(*first);
    first->drop();
    const auto a = logged_in();
    const auto b = logged_in(other);
    a->say(resume(id));
    b->say(resume(id));
    const auto both_know = [](const NodeClient& client) {
        return client.heard.find("<resumed ") != std::string::npos || client.is_closed;
    };
    EXPECT_TRUE(until([&] {
        a->hears_nothing(1ms);
        b->hears_nothing(1ms);
        return both_know(*a) && both_know(*b);
    }));
    EXPECT_NE(a->heard.find("<resumed ") != std::string::npos,
              b->heard.find("<resumed ") != std::string::npos)
        << a->heard << '\n'
        << b->heard;
    EXPECT_NE((a->heard + b->heard).find("<conflict "), std::string::npos);
}

TEST_F(NodeTest, AnotherNodeTakesASessionWhoseNodeIsGone) {
    auto first = bound();
    const std::string id = enable(*first);
    first->say(kToSelf);
    ASSERT_TRUE(first->hears("</message>"));
    nodes_.clear();  // without a goodbye
    node_ = start("n2");
    const auto again = logged_in();
    again->say(resume(id));
    EXPECT_TRUE(again->hears("<resumed xmlns='urn:xmpp:sm:3' previd='" + id + "' h='1'/>"));
    EXPECT_TRUE(again->hears("</message>")) << "it was not acknowledged";
}

TEST_F(NodeTest, WhatIsSentWhileASessionEndsIsNotLost) {
    auto settings = ::test::node_settings("n2");
    const Node* other = start(settings);
    auto leaving = bound();
    enable(*leaving);
    leaving->say("<presence/>");
    ASSERT_TRUE(leaving->hears("<presence"));
    const auto sender = logged_in(other);
    sender->ask_to_bind("chamber");
    ASSERT_TRUE(sender->hears("</bind></iq>"));
    // Messages all the time, and in their midst the session ends.
    constexpr int kMessages = 200;
    std::string all;
    for (int i = 0; i < kMessages; ++i)
        all += "<message to='juliet@a.example' type='chat'><body>m" + std::to_string(i) +
               "</body></message>";
    sender->say(all.substr(0, all.size() / 2));
    ASSERT_TRUE(leaving->hears("m3<"));
    leaving->say("</stream:stream>");
    sender->say(all.substr(all.size() / 2));
    ASSERT_TRUE(leaving->hears("</stream:stream>"));
    leaving->drop();
    // Until then its messages are on their way, and those that follow may be faster.
    ASSERT_TRUE(until([&] { return routes() == 1; }));
    const auto heir = bound("heir");
    heir->say("<presence/>");
    // What was acknowledged is nothing, so all of it comes.
    for (int i = 0; i < kMessages; ++i)
        ASSERT_TRUE(heir->hears("<body>m" + std::to_string(i) + "</body>")) << i;
}

/// How long the loop was away at most, while `what` held.
class LongestTurn {
public:
    explicit LongestTurn(core::EventLoop& loop) : loop_(loop) {}
    bool until(const std::function<bool()>& holds) {
        return ::test::run_until(loop_, [&] {
            const auto now = core::Clock::now();
            if (last_ != core::TimePoint{}) longest_ = std::max(longest_, now - last_);
            const bool is_over = holds();
            last_ = core::Clock::now();
            return is_over;
        });
    }
    core::Clock::duration longest() const { return longest_; }

private:
    core::EventLoop& loop_;
    core::TimePoint last_{};
    core::Clock::duration longest_{};
};

TEST_F(NodeTest, ASlowDiskHoldsUpAcknowledgementsAndNothingElse) {
    auto& disk = ::test::SlowDisk::install();
    const auto client = bound();
    enable(*client);
    disk.sync_takes_ms = 1'000;
    const int before = disk.syncs;
    client->say(std::string(kToSelf) + "<r xmlns='urn:xmpp:sm:3'/>");
    LongestTurn turns(loop_);
    EXPECT_TRUE(turns.until([&] { return disk.syncs > before; }));
    const auto began = core::Clock::now();
    // Whoever comes meanwhile is answered, and the first one waits.
    const auto newcomer = connect();
    newcomer->say(NodeClient::header());
    EXPECT_TRUE(turns.until([&] {
        newcomer->hears_nothing(0ms);
        return newcomer->heard.find("</stream:features>") != std::string::npos;
    }));
    EXPECT_LT(core::Clock::now() - began, 900ms);
    EXPECT_TRUE(client->hears_nothing(100ms));
    disk.heal();
    EXPECT_TRUE(client->hears("<a xmlns='urn:xmpp:sm:3' h='1'/>"));
    // 10 ms is the promise; the rest is for machines that are busy with other things.
    EXPECT_LT(turns.longest(), 300ms);
    RecordProperty(
        "longest_turn_us",
        std::to_string(
            std::chrono::duration_cast<std::chrono::microseconds>(turns.longest()).count()));
}

TEST_F(NodeTest, ADiskThatTakesNothingAcknowledgesNothingAndIsSurvived) {
    auto& disk = ::test::SlowDisk::install();
    for (const int code : {SQLITE_FULL, SQLITE_READONLY, SQLITE_IOERR_WRITE}) {
        auto client = bound();
        const std::string id = enable(*client);
        client->say(kToSelf);
        ASSERT_TRUE(client->hears("</message>"));
        client->heard.clear();
        disk.write_fails_with = code;
        client->say(std::string(kToSelf) + "<r xmlns='urn:xmpp:sm:3'/>");
        ASSERT_TRUE(client->is_cut());
        EXPECT_NE(client->heard.find("<resource-constraint "), std::string::npos) << client->heard;
        EXPECT_EQ(client->heard.find("h='2'"), std::string::npos) << "that is not saved";
        // Nobody can begin anything now, and is told so.
        const auto newcomer = connect();
        // What is read in one round with a write that fails is refused with it.
        const bool is_in = newcomer->log_in();
        if (is_in) newcomer->ask_to_bind("other");
        EXPECT_TRUE(newcomer->hears(is_in ? "<resource-constraint " : "<temporary-auth-failure "))
            << newcomer->heard;
        disk.heal();
        const auto again = logged_in();
        again->say(resume(id));
        EXPECT_TRUE(again->hears("<resumed ") && again->hears("h='1'/>")) << again->heard;
        again->say(kToSelf);
        EXPECT_TRUE(again->hears("</message>") && again->hears("</message>")) << again->heard;
        again->say("</stream:stream>");
        EXPECT_TRUE(again->is_cut());
    }
}

}  // namespace
}  // namespace backend

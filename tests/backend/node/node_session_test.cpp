// Aim: what a client of a node hears when its store answers, fails, or tells of others: nothing is
// acknowledged before it is confirmed, and a copy that is somebody else's now is closed.

#include "backend/node/node_session.h"

#include <gtest/gtest.h>

#include "tests/backend/node/node_session_scene.h"

namespace backend {
namespace {

using test::NodeClient;
using test::NodeSessionTest;

TEST_F(NodeSessionTest, AcknowledgesOnlyWhatTheStoreHasConfirmed) {
    start();
    const auto client = bound();
    const std::string and_asked = std::string(kMessage) + "<r xmlns='urn:xmpp:sm:3'/>";
    client->say(and_asked);
    EXPECT_EQ(next_commit().handled, 1U);
    EXPECT_TRUE(client->hears_nothing());
    store_->answer_commit(Done{});
    EXPECT_TRUE(client->hears("<a xmlns='urn:xmpp:sm:3' h='1'/>"));
    client->say(and_asked);
    EXPECT_EQ(next_commit().handled, 2U);
    store_->answer_commit(Done{});
    EXPECT_TRUE(client->hears("<a xmlns='urn:xmpp:sm:3' h='2'/>"));
}

TEST_F(NodeSessionTest, ACopyThatIsTakenClosesAndWritesNothingMore) {
    start();
    const auto client = bound();
    client->say(kMessage);
    next_commit();
    events_->on_taken(ref_, 7);
    EXPECT_TRUE(client->hears_nothing()) << "old news";
    events_->on_taken(ref_, 1);
    EXPECT_TRUE(client->hears("<conflict "));
    client->say(kMessage);
    store_->answer_commit(Fenced{});
    EXPECT_TRUE(client->is_cut());
    EXPECT_TRUE(store_->commits.empty());
    EXPECT_TRUE(store_->takings.empty());
}

TEST_F(NodeSessionTest, AFencedCommitClosesTheCopy) {
    start();
    const auto client = bound();
    client->say(kMessage);
    next_commit();
    store_->answer_commit(Fenced{});
    EXPECT_TRUE(client->hears("<conflict "));
    EXPECT_TRUE(client->is_cut());
    EXPECT_TRUE(store_->commits.empty()) << "it is not ours to detach";
}

TEST_F(NodeSessionTest, WhatTheStoreDoesNotSaveIsNotAcknowledged) {
    start();
    const auto client = bound();
    client->say(std::string(kMessage) + "<r xmlns='urn:xmpp:sm:3'/>");
    next_commit();
    store_->answer_commit(StoreError::unavailable);
    ASSERT_TRUE(until([this] { return !store_->commits.empty(); }));
    EXPECT_TRUE(has<Detach>(store_->commits.front().commit)) << "it waits for its client";
    EXPECT_TRUE(client->is_cut());
    EXPECT_NE(client->heard.find("<resource-constraint "), std::string::npos);
    EXPECT_EQ(client->heard.find("<a "), std::string::npos);
}

TEST_F(NodeSessionTest, ANodeWhoseStoreIsSilentSaysSoBeforeFeaturesAndToThoseWhoLogIn) {
    start();
    const auto talking = bound();
    const auto logging_in = connect();
    ASSERT_TRUE(logging_in->log_in());
    logging_in->ask_to_bind("chamber");
    ASSERT_TRUE(until([this] { return !store_->openings.empty(); }));
    constexpr auto kNoStore =
        "<resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
        "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>"
        "the store does not answer, try again later</text>";

    store_->is_silent_since = core::Clock::now();
    EXPECT_TRUE(logging_in->hears(kNoStore));
    EXPECT_TRUE(logging_in->is_cut());
    const auto newcomer = connect();
    newcomer->say(NodeClient::header());
    ASSERT_TRUE(newcomer->is_cut());
    EXPECT_NE(newcomer->heard.find(kNoStore), std::string::npos);
    EXPECT_EQ(newcomer->heard.find("<stream:features"), std::string::npos);
    // What it has opened all the same is ended when the store says so.
    store_->answer_opening(Done{});
    EXPECT_TRUE(until([this] { return !store_->takings.empty(); }));

    store_->is_silent_since.reset();
    EXPECT_TRUE(until([this] {
        const auto again = connect();
        again->say(NodeClient::header());
        return again->hears("</stream:features>");
    }));
    talking->say(std::string(kMessage));
    next_commit();
    EXPECT_FALSE(talking->is_closed) << "who is there stays";
}

TEST_F(NodeSessionTest, OnlyAResumableSessionIsResumed) {
    start();
    const auto client = connect();
    ASSERT_TRUE(client->log_in());
    client->say(kResume);
    ASSERT_TRUE(until([this] { return !store_->takings.empty(); }));
    store_->answer_taking(session_of(false));
    EXPECT_TRUE(client->hears("<failed xmlns='urn:xmpp:sm:3'><item-not-found "));
    ASSERT_TRUE(until([this] { return !store_->takings.empty(); })) << "it ends";
    store_->answer_taking(TakeFailure::not_found);
    client->ask_to_bind("balcony");
    ASSERT_TRUE(until([this] { return !store_->openings.empty(); }));
    store_->answer_opening(Done{});
    EXPECT_TRUE(client->hears("</bind></iq>"));
}

TEST_F(NodeSessionTest, UnknownAndMalformedIdsAreAskedForAlike) {
    start();
    const auto client = connect();
    ASSERT_TRUE(client->log_in());
    for (const std::string attributes : {"previd='no' h='0'", "previd='' h='0'", "h='x'", ""}) {
        client->say("<resume xmlns='urn:xmpp:sm:3' " + attributes + "/>");
        ASSERT_TRUE(until([this] { return !store_->takings.empty(); })) << attributes;
        EXPECT_EQ(store_->takings.front().session.user, ::test::kUser);
        store_->answer_taking(TakeFailure::not_found);
        EXPECT_TRUE(client->hears("<failed xmlns='urn:xmpp:sm:3'><item-not-found "));
        EXPECT_TRUE(store_->takings.empty());
    }
}

TEST_F(NodeSessionTest, WhatIsQueuedBeforeResumptionIsConfirmedComesOnce) {
    start();
    const auto client = connect();
    ASSERT_TRUE(client->log_in());
    client->say(kResume);
    ASSERT_TRUE(until([this] { return !store_->takings.empty(); }));
    TakenSession taken = session_of(true);
    taken.queue = {{1, "<message id='1'/>"}};
    store_->answer_taking(taken);
    events_->on_queued(taken.record.ref, 2, {{2, "<message id='2'/>"}});
    next_commit();
    store_->answer_commit(Done{});
    EXPECT_TRUE(client->hears("<resumed "));
    EXPECT_TRUE(client->hears("<message id='1'/><message id='2'/>"));
}

TEST_F(NodeSessionTest, CountsFromWhatWasWrittenBeforeItWasAskedTo) {
    start();
    const auto client = connect();
    ASSERT_TRUE(client->log_in());
    client->ask_to_bind("balcony");
    ASSERT_TRUE(until([this] { return !store_->openings.empty(); }));
    ref_ = store_->answer_opening(Done{});
    events_->on_queued(ref_, 1, {{1, "<message id='1'/>"}});
    ASSERT_TRUE(client->hears("<message id='1'/>"));
    client->say("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    const auto enables = [this] {
        return !store_->commits.empty() && has<EnableSm>(store_->commits.front().commit);
    };
    ASSERT_TRUE(until([&] {
        if (!store_->commits.empty() && !enables()) store_->answer_commit(Done{});  // a Trim
        return enables();
    }));
    // Behind <enabled/>, so that the client counts it.
    events_->on_queued(ref_, 1, {{2, "<message id='2'/>"}});
    EXPECT_TRUE(client->hears_nothing());
    const Commit enable = store_->answer_commit(Done{});
    EXPECT_EQ(std::get<EnableSm>(enable.writes.front()).after, 1U);
    ASSERT_TRUE(client->hears("<enabled "));
    ASSERT_TRUE(client->hears("<message id='2'/>"));
    client->say("<a xmlns='urn:xmpp:sm:3' h='1'/>");
    std::uint64_t trimmed = 0;
    EXPECT_TRUE(until([&] {
        while (!store_->commits.empty())
            trimmed = std::get<Trim>(store_->answer_commit(Done{}).writes.front()).up_to;
        return trimmed == 2;
    })) << trimmed;
}

TEST_F(NodeSessionTest, ASilentClientIsLostAndItsSessionWaits) {
    auto settings = ::test::node_settings("n1");
    settings.limits.silence = std::chrono::milliseconds(100);
    start(settings);
    const auto client = bound();
    events_->on_queued(ref_, 1, {{1, "<message id='1'/>"}});
    ASSERT_TRUE(client->hears("<r xmlns='urn:xmpp:sm:3'/>"));
    // Whatever it says, it is there.
    const auto until_then = core::Clock::now() + std::chrono::milliseconds(400);
    while (core::Clock::now() < until_then) {
        client->say(" ");
        ASSERT_TRUE(client->hears_nothing(std::chrono::milliseconds(20)));
    }
    EXPECT_TRUE(client->is_cut());
    EXPECT_TRUE(client->heard.empty()) << "no end tag: the session can be resumed";
    ASSERT_TRUE(until([this] { return !store_->commits.empty(); }));
    EXPECT_TRUE(has<Detach>(store_->commits.front().commit));
}

TEST_F(NodeSessionTest, PresenceWaitsForAnInactiveClient) {
    start();
    const auto client = bound();
    client->say("<inactive xmlns='urn:xmpp:csi:0'/>");
    EXPECT_TRUE(has<SetInactive>(next_commit()));
    store_->answer_commit(Done{});
    const auto queued = [&](std::uint64_t number, const std::string& bytes) {
        events_->on_queued(ref_, 1, {{number, bytes}});
    };
    queued(1, "<presence from='a@a.example/x'/>");
    queued(2, "<presence from='a@a.example/x' type='unavailable'/>");
    EXPECT_TRUE(client->hears_nothing());
    queued(3, "<message id='3'/>");
    EXPECT_TRUE(
        client->hears("<presence from='a@a.example/x'/><presence from='a@a.example/x' "
                      "type='unavailable'/><message id='3'/>"));
    client->heard.clear();
    queued(4, "<presence from='b@a.example' type='subscribe'/>");
    EXPECT_TRUE(client->hears("type='subscribe'/>"));
    queued(5, "<presence from='a@a.example/x'/>");
    client->say("<active xmlns='urn:xmpp:csi:0'/>");
    EXPECT_TRUE(client->hears("<presence from='a@a.example/x'/>"));
}

}  // namespace
}  // namespace backend

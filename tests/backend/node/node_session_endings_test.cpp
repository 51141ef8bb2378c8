// Aim: a session whose client is gone waits for it or ends, however its node comes to know of it,
// and never stays behind with nobody to care for it.

#include <gtest/gtest.h>

#include "tests/backend/node/node_session_scene.h"

namespace backend {
namespace {

using test::NodeClient;
using test::NodeSessionTest;

TEST_F(NodeSessionTest, AClientThatIsLostLeavesItsSessionWaiting) {
    start();
    auto client = bound();
    client->drop();
    ASSERT_TRUE(until([this] { return !store_->commits.empty(); }));
    EXPECT_TRUE(has<Detach>(store_->commits.front().commit));
    // A store that fails is asked again: else it would wait for ever.
    store_->answer_commit(StoreError::unavailable);
    ASSERT_TRUE(until([this] { return !store_->commits.empty(); }));
    EXPECT_TRUE(has<Detach>(store_->answer_commit(Done{})));
    EXPECT_TRUE(until([this] { return node_->sessions() == 0; }));
}

/// Clients that have said goodbye behind a stanza which is on its way into the store.
class NodeSessionGoodbyeTest : public NodeSessionTest {
protected:
    std::unique_ptr<NodeClient> with_goodbye_said() {
        auto client = bound();
        client->say(std::string(kMessage) + "</stream:stream>");
        next_commit();
        return client;
    }
    /// The session is taken to its end, and is not left waiting.
    void expect_departure() {
        ASSERT_TRUE(until([this] { return !store_->takings.empty() || !store_->commits.empty(); }));
        EXPECT_TRUE(store_->commits.empty() || !has<Detach>(store_->commits.front().commit));
        ASSERT_EQ(store_->takings.size(), 1U);
        EXPECT_EQ(store_->takings.front().session, ref_);
        EXPECT_EQ(store_->takings.front().reason, TakeReason::resume);
    }
};

TEST_F(NodeSessionGoodbyeTest, IsNotWaitedForWhenTheConnectionBreaks) {
    start();
    const auto client = with_goodbye_said();
    client->drop();
    // Something to write, so that the node notices before its answer is due.
    for (std::uint64_t number = 1; number <= 3; ++number) {
        events_->on_queued(ref_, 1, {{number, "<message/>"}});
        connect()->hears_nothing(std::chrono::milliseconds(5));
    }
    EXPECT_EQ(store_->answer_commit(Done{}).handled, 1U);
    expect_departure();
}

TEST_F(NodeSessionGoodbyeTest, IsNotWaitedForWhenTheNodeStops) {
    start();
    const auto client = with_goodbye_said();
    bool is_done = false;
    node_->shut_down([&is_done] { is_done = true; });
    EXPECT_TRUE(client->hears("</stream:stream>"));
    EXPECT_EQ(store_->answer_commit(Done{}).handled, 1U);
    ASSERT_NO_FATAL_FAILURE(expect_departure());
    EXPECT_FALSE(is_done) << "who would end it?";
    store_->answer_taking(TakeFailure::not_found);
    client->drop();
    EXPECT_TRUE(until([&is_done] { return is_done; }));
}

TEST_F(NodeSessionGoodbyeTest, IsNotWaitedForWhenTheStoreFails) {
    start();
    const auto client = with_goodbye_said();
    store_->answer_commit(StoreError::unavailable);
    expect_departure();
    EXPECT_TRUE(client->hears("</stream:stream>"));
}

/// What a client sends again after each resumption must not be refused again for ever, not even by
/// one who has resumed before the end was saved.
TEST_F(NodeSessionGoodbyeTest, IsWhatRefusedBytesAre) {
    start();
    for (const CommitOutcome& outcome : {CommitOutcome(Done{}), CommitOutcome(Fenced{})}) {
        const auto client = bound();
        client->say(std::string(kMessage) + "<message><body>\x02");
        next_commit();
        EXPECT_TRUE(client->hears("<not-well-formed ")) << "at once";
        store_->answer_commit(outcome);
        ASSERT_NO_FATAL_FAILURE(expect_departure()) << "and what stood in front is saved";
        store_->answer_taking(TakeFailure::not_found);
    }
}

TEST_F(NodeSessionTest, ASessionThatMustEndDoesSoAndDeparts) {
    start();
    const auto client = bound();
    events_->on_must_end(ref_, "resource-constraint");
    EXPECT_TRUE(client->hears("<resource-constraint "));
    ASSERT_TRUE(until([this] { return !store_->takings.empty(); }));
    EXPECT_EQ(store_->takings.front().session, ref_);
    EXPECT_EQ(store_->takings.front().reason, TakeReason::resume);
}

TEST_F(NodeSessionTest, TheCopyThatLivesHearsThatItMustEnd) {
    start();
    const auto lost = bound();
    lost->say(kMessage);
    next_commit();
    lost->drop();
    connect()->hears_nothing();  // the loop turns, so that this is noticed
    // It waits for its commit, and meanwhile its client comes again.
    const auto client = connect();
    ASSERT_TRUE(client->log_in());
    client->say("<resume xmlns='urn:xmpp:sm:3' previd='" + std::string(ref_.id.reveal()) +
                "' h='0'/>");
    ASSERT_TRUE(until([this] { return !store_->takings.empty(); }));
    TakenSession taken = session_of(true);
    taken.record.ref = ref_;
    store_->answer_taking(taken);
    events_->on_must_end(ref_, "resource-constraint");
    EXPECT_TRUE(client->hears("<resource-constraint "));
}

TEST_F(NodeSessionTest, TheConditionIsLoggedWhenItsBytesAreLongGone) {
    start();
    const auto client = bound();
    std::string condition = "resource-constraint";
    testing::internal::CaptureStderr();
    events_->on_must_end(ref_, condition);
    condition.assign(condition.size(), 'x');
    client->drop();
    ASSERT_TRUE(until([this] { return node_->sessions() == 0; }));
    const std::string log = testing::internal::GetCapturedStderr();
    EXPECT_NE(log.find(" reason=resource-constraint "), std::string::npos) << log;
}

TEST_F(NodeSessionTest, ASessionThatMayHaveBegunIsEnded) {
    start();
    const auto client = connect();
    ASSERT_TRUE(client->log_in());
    client->ask_to_bind("balcony");
    ASSERT_TRUE(until([this] { return !store_->openings.empty(); }));
    const SessionRef ref = store_->answer_opening(StoreError::unavailable);
    EXPECT_TRUE(client->hears("<resource-constraint "));
    ASSERT_EQ(store_->takings.size(), 1U);
    EXPECT_EQ(store_->takings.front().session, ref);
    store_->answer_taking(TakeFailure::not_found);
    // What was not done for another reason is not there.
    for (const StoreError error : {StoreError::full, StoreError::not_asked}) {
        client->heard.clear();
        client->ask_to_bind("balcony");
        ASSERT_TRUE(until([this] { return !store_->openings.empty(); }));
        store_->answer_opening(error);
        EXPECT_TRUE(client->hears("<resource-constraint "));
        EXPECT_TRUE(store_->takings.empty());
    }
}

TEST_F(NodeSessionTest, WhatHasExpiredIsEnded) {
    start();
    store_->expired = {{"anna@a.example", SessionId("x")}};
    ASSERT_TRUE(until([this] { return !store_->takings.empty(); }));
    EXPECT_EQ(store_->takings.front().reason, TakeReason::expire);
}

TEST_F(NodeSessionTest, WhoIsToEndASessionDoesNotLeaveItToSomebodyWhoMayGiveUp) {
    start();
    const SessionRef ref{::test::kUser, SessionId("sm-id")};
    store_->expired = {ref};
    ASSERT_TRUE(until([this] { return !store_->takings.empty(); }));
    store_->answer_taking(TakeFailure::store);
    // While that is tried again its client comes, and leaves for good.
    const auto client = connect();
    ASSERT_TRUE(client->log_in());
    ASSERT_TRUE(until([this] { return !store_->takings.empty(); }));
    auto expiring = std::move(store_->takings.front());
    store_->takings.pop_front();
    client->say(kResume);
    ASSERT_TRUE(until([this] { return !store_->takings.empty(); }));
    store_->answer_taking(session_of(true));
    next_commit();
    store_->answer_commit(Done{});
    ASSERT_TRUE(client->hears("<resumed "));
    client->say("</stream:stream>");
    ASSERT_TRUE(client->is_cut());
    expiring.answer(TakeFailure::not_found);
    ASSERT_TRUE(until([this] { return !store_->takings.empty(); })) << "nobody ends it";
    EXPECT_EQ(store_->takings.front().session, ref);
    EXPECT_EQ(store_->takings.front().reason, TakeReason::resume);
}

}  // namespace
}  // namespace backend

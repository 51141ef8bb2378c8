// Aim: whatever the store answers leads somewhere: tried again, sent back, or the end of a session.

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <variant>

#include "backend/node/stanza_queue.h"
#include "tests/backend/node/stanza_queue_scene.h"
#include "tests/support/run_loop.h"

namespace backend {
namespace {

using test::StanzaQueueTest;

TEST_F(StanzaQueueTest, StaleIsReadAndPlannedAgain) {
    message(1);
    answer_readings();
    store_.answer_commit(Stale{});
    ASSERT_TRUE(wait_for_commit());
    EXPECT_EQ(confirmed_, 0U);
    store_.answer_commit(Done{});
    EXPECT_EQ(confirmed_, 1U);
}

TEST_F(StanzaQueueTest, ButNotForEver) {
    message(1);
    while (!failed_) {
        ASSERT_TRUE(::test::run_until(loop_, [this] {
            answer_readings();
            return !store_.commits.empty() || failed_;
        }));
        if (!store_.commits.empty()) store_.answer_commit(Stale{});
    }
    EXPECT_EQ(confirmed_, 0U);
}

TEST_F(StanzaQueueTest, WhoDoesNotReadIsEndedAndTheStanzaTriedAgain) {
    message(1);
    answer_readings();
    const SessionRef full{"bert@example.org", SessionId("s-bert@example.org")};
    store_.answer_commit(QueueFull{full});
    ASSERT_FALSE(store_.commits.empty());
    const Commit end = store_.answer_commit(Done{});
    ASSERT_EQ(count<EndOther>(end), 1U);
    EXPECT_EQ(std::get<EndOther>(end.writes.front()).session, full);
    EXPECT_FALSE(end.handled);
    ASSERT_TRUE(wait_for_commit());
    EXPECT_EQ(store_.answer_commit(Done{}).handled, 1U);
    EXPECT_EQ(confirmed_, 1U);
}

TEST_F(StanzaQueueTest, AFullQueueOfItsOwnEndsTheSession) {
    message(1);
    answer_readings();
    store_.answer_commit(QueueFull{ref_});
    EXPECT_EQ(refused_, xmpp::StreamErrorCondition::resource_constraint);
}

TEST_F(StanzaQueueTest, WhatItsClientHasIsToldBeforeASessionEnds) {
    queue_.trim(5);
    message(1);
    answer_readings();
    store_.answer_commit(QueueFull{ref_});
    ASSERT_TRUE(refused_);
    // Or its departure would hand on what has been acknowledged.
    ASSERT_EQ(store_.commits.size(), 1U);
    const Commit last = store_.answer_commit(Done{});
    ASSERT_EQ(count<Trim>(last), 1U);
    EXPECT_EQ(std::get<Trim>(last.writes.front()).up_to, 5U);
}

TEST_F(StanzaQueueTest, WhatCannotBeStoredOfflineComesBack) {
    message(1);
    answer_readings();
    store_.answer_commit(QueueFull{{"bert@example.org", {}}});
    ASSERT_FALSE(store_.commits.empty());
    const Commit refusal = store_.answer_commit(Done{});
    EXPECT_EQ(refusal.handled, 1U);
    ASSERT_EQ(count<Enqueue>(refusal), 1U);
    EXPECT_EQ(first_queued(refusal).to, ref_);
    EXPECT_NE(first_queued(refusal).stanza.find("service-unavailable"), std::string::npos);
    EXPECT_EQ(confirmed_, 1U);
}

TEST_F(StanzaQueueTest, OfSeveralOnlyTheOneThatHasNoRoomComesBack) {
    message(1);  // keeps the others waiting, so that they go together
    message(2, "bert@example.org");
    message(3, "carl@example.org");
    answer_readings();
    store_.answer_commit(Done{});
    answer_readings();
    ASSERT_EQ(store_.answer_commit(QueueFull{{"carl@example.org", {}}}).handled, 3U);
    answer_readings();
    const Commit first = store_.answer_commit(Done{});
    EXPECT_EQ(first.handled, 2U);
    EXPECT_EQ(first_queued(first).to.user, "bert@example.org");
    answer_readings();
    ASSERT_EQ(store_.answer_commit(QueueFull{{"carl@example.org", {}}}).handled, 3U);
    const Commit refusal = store_.answer_commit(Done{});
    EXPECT_EQ(refusal.handled, 3U);
    EXPECT_EQ(first_queued(refusal).to, ref_);
    EXPECT_EQ(confirmed_, 3U);
}

TEST_F(StanzaQueueTest, WhoIsNotEndedInTimeKeepsNobodyWaiting) {
    message(1);
    const SessionRef full{"bert@example.org", SessionId("s-bert@example.org")};
    std::optional<Commit> last;
    ASSERT_TRUE(::test::run_until(loop_, [&] {
        answer_readings();
        while (!store_.commits.empty() && confirmed_ == 0) {
            const auto& writes = store_.commits.front().commit.writes;
            const bool is_for_it = std::any_of(writes.begin(), writes.end(), [&](const auto& each) {
                const auto* queued = std::get_if<Enqueue>(&each);
                return queued != nullptr && queued->to == full;
            });
            if (is_for_it)
                store_.answer_commit(QueueFull{full});
            else
                last = store_.answer_commit(Done{});
        }
        return confirmed_ > 0 || failed_;
    }));
    EXPECT_FALSE(failed_) << "it is not the sender's fault";
    EXPECT_EQ(last->handled, 1U);
    EXPECT_NE(first_queued(*last).stanza.find("service-unavailable"), std::string::npos);
}

TEST_F(StanzaQueueTest, AnAcknowledgementThatIsNotSavedGoesWithTheNextCommit) {
    queue_.trim(5);
    ASSERT_TRUE(wait_for_commit());
    store_.answer_commit(StoreError::unavailable);
    message(1);
    answer_readings();
    EXPECT_EQ(count<Trim>(store_.answer_commit(Done{})), 1U);
    queue_.trim(6);
    ASSERT_TRUE(wait_for_commit());
    store_.answer_commit(Fenced{});
    EXPECT_TRUE(fenced_);
}

TEST_F(StanzaQueueTest, AFencedSessionDoesNothingAnyMore) {
    message(1);
    message(2);
    answer_readings();
    store_.answer_commit(Fenced{});
    EXPECT_TRUE(fenced_);
    message(3);
    EXPECT_TRUE(store_.readings.empty());
    EXPECT_TRUE(store_.commits.empty());
    EXPECT_EQ(confirmed_, 0U);
}

TEST_F(StanzaQueueTest, WhatMayHaveBeenDoneIsNotDoneAgain) {
    message(1);
    answer_readings();
    store_.answer_commit(StoreError::unavailable);
    EXPECT_EQ(failed_, StoreError::unavailable);
    EXPECT_EQ(confirmed_, 0U);
    EXPECT_TRUE(store_.readings.empty());
}

TEST_F(StanzaQueueTest, WhatWasNotAskedIsAskedAgain) {
    message(1);
    message(2);
    answer_readings();
    store_.answer_commit(StoreError::not_asked);
    EXPECT_FALSE(failed_);
    EXPECT_EQ(confirmed_, 0U) << "nothing is acknowledged that is not saved";
    ASSERT_TRUE(wait_for_commit());
    const Commit again = store_.answer_commit(Done{});
    EXPECT_EQ(again.handled, 1U);
    EXPECT_EQ(count<Enqueue>(again), 1U);
    ASSERT_TRUE(wait_for_commit());
    EXPECT_EQ(store_.answer_commit(Done{}).handled, 2U) << "in order";
    EXPECT_EQ(confirmed_, 2U);
}

TEST_F(StanzaQueueTest, AStoreThatIsNeverAskedIsGivenUpAfterItsTime) {
    message(1);
    answer_readings();
    time_ += StorePatience::kReading - std::chrono::milliseconds(1);
    store_.answer_commit(StoreError::not_asked);
    ASSERT_TRUE(wait_for_commit());
    ASSERT_FALSE(failed_) << "not yet";
    time_ += std::chrono::milliseconds(1);
    store_.answer_commit(StoreError::not_asked);
    EXPECT_EQ(failed_, StoreError::not_asked);
    EXPECT_EQ(confirmed_, 0U);
}

TEST_F(StanzaQueueTest, AStoreThatIsNeverAskedIsGivenUpAfterItsTries) {
    message(1);
    unsigned tries = 0;
    while (!failed_) {
        ASSERT_TRUE(wait_for_commit());
        ASSERT_LE(++tries, StorePatience::kTries + 1);
        store_.answer_commit(StoreError::not_asked);
    }
    EXPECT_EQ(failed_, StoreError::not_asked);
}

TEST_F(StanzaQueueTest, AReadingThatFailsIsTriedAgain) {
    message(1);
    store_.fail_reading(StoreError::unavailable);
    ASSERT_TRUE(wait_for_commit());
    store_.answer_commit(Done{});
    EXPECT_EQ(confirmed_, 1U);
}

TEST_F(StanzaQueueTest, AStoreThatIsAwayIsGivenUpAfterItsTime) {
    message(1);
    time_ += StorePatience::kReading - std::chrono::milliseconds(1);
    store_.fail_reading(StoreError::unavailable);
    ASSERT_FALSE(failed_) << "not yet";
    ASSERT_TRUE(::test::run_until(loop_, [this] { return !store_.readings.empty(); }));
    time_ += std::chrono::milliseconds(1);
    store_.fail_reading(StoreError::unavailable);
    EXPECT_EQ(failed_, StoreError::unavailable);
    EXPECT_EQ(confirmed_, 0U);
}

TEST_F(StanzaQueueTest, EachStanzaHasThatTimeForItself) {
    message(1);
    answer_readings();
    time_ += 2 * StorePatience::kReading;
    store_.answer_commit(Done{});
    recent_users_.forget("bert@example.org");
    message(2);
    store_.fail_reading(StoreError::unavailable);
    EXPECT_FALSE(failed_);
    ASSERT_TRUE(wait_for_commit());
    store_.answer_commit(Done{});
    EXPECT_EQ(confirmed_, 2U);
}

TEST_F(StanzaQueueTest, AProcessThatSleptLearnsFromItsCommitWhatBecameOfTheSession) {
    message(1);
    answer_readings();
    time_ += 3 * StorePatience::kReading;
    store_.answer_commit(Stale{});
    ASSERT_FALSE(failed_) << "the store was not away";
    ASSERT_TRUE(wait_for_commit());
    store_.answer_commit(Fenced{});
    EXPECT_TRUE(fenced_);
    EXPECT_FALSE(failed_);
}

TEST_F(StanzaQueueTest, ACardThatCannotBeReadIsNotMissing) {
    queue_.handle(
        {"<iq xmlns='jabber:client' type='get' id='v' to='bert@example.org'><vCard "
         "xmlns='vcard-temp'/></iq>",
         1});
    queue_.begin();
    store_.answer_vcard_reading(StoreError::unavailable);
    answer_readings();
    ASSERT_TRUE(store_.commits.empty());
    ASSERT_TRUE(::test::run_until(loop_, [this] { return !store_.vcard_readings.empty(); }));
    store_.answer_vcard_reading("<vCard xmlns='vcard-temp'><FN>Bert</FN></vCard>");
    ASSERT_TRUE(wait_for_commit());
    const Commit commit = store_.answer_commit(Done{});
    const auto* answer = std::get_if<Enqueue>(&commit.writes.back());
    ASSERT_NE(answer, nullptr);
    EXPECT_NE(answer->stanza.find("<FN>Bert</FN>"), std::string::npos) << answer->stanza;
}

}  // namespace
}  // namespace backend

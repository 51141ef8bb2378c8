// Aim: however the store answers, a session that ends loses nothing and comes to its end: what came
// meanwhile is handed on, too, offline messages take what there is room for, and nobody waits for
// ever for a full queue.

#include "backend/node/departure.h"

#include <gtest/gtest.h>

#include "tests/backend/node/scripted_store.h"
#include "tests/support/run_loop.h"

namespace backend {
namespace {

using test::ScriptedStore;

class DepartureTest : public testing::Test {
protected:
    const SessionRef ref_{"anna@example.org", SessionId("anna-1")};

    std::unique_ptr<Departure> begin(TakeReason reason = TakeReason::resume) {
        return std::make_unique<Departure>(loop_, store_, locality_, ref_, reason,
                                           [this] { is_done_ = true; });
    }
    /// What the store gives who takes the session: `count` messages behind number 10.
    TakenSession taken(std::size_t count, Epoch epoch = 2) {
        TakenSession session;
        session.record.ref = ref_;
        session.record.resource = "home";
        session.record.epoch = epoch;
        session.record.trimmed = 10;
        for (std::size_t i = 1; i <= count; ++i) session.queue.push_back({10 + i, message(10 + i)});
        return session;
    }
    static std::string message(std::uint64_t number) {
        return "<message from='bert@example.org/x' to='anna@example.org' type='chat' id='" +
               std::to_string(number) + "'><body>x</body></message>";
    }
    /// Nobody else of the users asked for is there.
    void answer_readings() {
        while (!store_.readings.empty()) {
            auto reading = std::move(store_.readings.front());
            store_.readings.pop_front();
            std::vector<UserSnapshot> users(reading.users.size());
            for (auto& user : users) user.exists = true;
            if (other_) users.front().routes.push_back(*other_);
            reading.answer(std::move(users));
        }
    }
    bool wait_for_commit() {
        return test::run_until(loop_, [this] {
            answer_readings();
            return !store_.commits.empty();
        });
    }
    template <class What>
    static std::vector<What> writes(const Commit& commit) {
        std::vector<What> found;
        for (const Write& write : commit.writes)
            if (const auto* what = std::get_if<What>(&write)) found.push_back(*what);
        return found;
    }

    core::EventLoop loop_;
    ScriptedStore store_;
    Locality locality_{.domains = {"example.org"}, .version = "1"};
    std::optional<Route> other_;  // of anna's
    bool is_done_ = false;
};

TEST_F(DepartureTest, HandsOnAndClosesInOneCommit) {
    const auto departure = begin(TakeReason::expire);
    EXPECT_EQ(store_.takings.front().reason, TakeReason::expire);
    store_.answer_taking(taken(2));
    answer_readings();
    const Commit commit = store_.answer_commit(Done{});
    EXPECT_EQ(commit.epoch, 2U);
    EXPECT_EQ(writes<StoreOffline>(commit).size(), 2U);
    ASSERT_EQ(writes<CloseSession>(commit).size(), 1U);
    EXPECT_EQ(writes<CloseSession>(commit).front().last, 12U);
    EXPECT_TRUE(is_done_);
}

TEST_F(DepartureTest, IsOverWhenTheSessionIsSomebodyElses) {
    auto departure = begin(TakeReason::expire);
    store_.answer_taking(TakeFailure::not_found);
    EXPECT_TRUE(is_done_) << "its client was faster";
    is_done_ = false;
    departure = begin();
    store_.answer_taking(taken(1));
    answer_readings();
    store_.answer_commit(Fenced{});
    EXPECT_TRUE(is_done_);
    EXPECT_TRUE(store_.takings.empty());
}

TEST_F(DepartureTest, HandsOnWhatCameMeanwhile) {
    const auto departure = begin();
    store_.answer_taking(taken(1));
    answer_readings();
    departure->on_queued(1, {{12, "old news"}});
    departure->on_queued(2, {{12, message(12)}});
    const Commit first = store_.answer_commit(Stale{});
    EXPECT_EQ(writes<CloseSession>(first).front().last, 11U);
    ASSERT_TRUE(wait_for_commit());
    const Commit second = store_.answer_commit(Done{});
    EXPECT_EQ(writes<CloseSession>(second).front().last, 12U);
    EXPECT_EQ(writes<StoreOffline>(second).size(), 2U);
    EXPECT_TRUE(is_done_);
    EXPECT_TRUE(store_.takings.empty()) << "its client may have been told that it has it";
}

TEST_F(DepartureTest, OfflineMessagesTakeWhatThereIsRoomForAndTheRestGoesBack) {
    const auto departure = begin();
    store_.answer_taking(taken(7));
    std::size_t room = 4;
    std::vector<std::string> stored;
    std::vector<std::uint64_t> trims;
    std::size_t commits = 0;
    while (!is_done_) {
        answer_readings();
        ASSERT_FALSE(store_.commits.empty());
        ASSERT_LT(++commits, 20U);
        const auto wanted = writes<StoreOffline>(store_.commits.front().commit);
        if (wanted.size() > room) {
            store_.answer_commit(QueueFull{{"anna@example.org", SessionId()}});
            continue;
        }
        room -= wanted.size();
        for (const auto& each : wanted) stored.push_back(each.stanza);
        const Commit done = store_.answer_commit(Done{});
        for (const Trim& trim : writes<Trim>(done)) trims.push_back(trim.up_to);
        EXPECT_EQ(writes<CloseSession>(done).size(), is_done_ ? 1U : 0U);
    }
    ASSERT_EQ(stored.size(), 4U) << "as much as fits";
    for (std::size_t i = 0; i < 4; ++i)
        EXPECT_NE(stored[i].find("id='" + std::to_string(11 + i) + "'"), std::string::npos);
    EXPECT_EQ(trims.back(), 14U) << "each piece leaves the queue with the commit that hands it on";
}

TEST_F(DepartureTest, DoesNotWaitForEverForAFullQueue) {
    other_ = Route{
        .resource = "phone", .session = SessionId("anna-2"), .node = NodeName("n2"), .priority = 0};
    const SessionRef full{"anna@example.org", SessionId("anna-2")};
    const auto departure = begin();
    store_.answer_taking(taken(1));
    std::size_t ends = 0;
    ASSERT_TRUE(test::run_until(loop_, [&] {
        answer_readings();
        while (!store_.commits.empty() && !is_done_) {
            const Commit& commit = store_.commits.front().commit;
            ends += writes<EndOther>(commit).size();
            if (!writes<Enqueue>(commit).empty()) {
                store_.answer_commit(QueueFull{full});
            } else {
                if (!writes<CloseSession>(commit).empty()) {
                    EXPECT_EQ(writes<StoreOffline>(commit).size(), 1U) << "not lost";
                }
                store_.answer_commit(Done{});
            }
        }
        return is_done_;
    }));
    EXPECT_GE(ends, 2U);
}

TEST_F(DepartureTest, TriesAgainUntilTheStoreAnswers) {
    const auto departure = begin();
    store_.answer_taking(TakeFailure::store);
    ASSERT_TRUE(test::run_until(loop_, [this] { return !store_.takings.empty(); }));
    store_.answer_taking(taken(1));
    store_.fail_reading(StoreError::unavailable);
    ASSERT_TRUE(wait_for_commit());
    // Whether that was done only the store knows.
    store_.answer_commit(StoreError::unavailable);
    ASSERT_TRUE(wait_for_commit());
    store_.answer_commit(StoreError::unavailable);
    ASSERT_TRUE(wait_for_commit());
    const Commit question = store_.answer_commit(Done{});
    EXPECT_TRUE(question.writes.empty());
    EXPECT_EQ(question.epoch, 2U);
    ASSERT_EQ(store_.takings.size(), 1U) << "it is still ours, with what its queue holds";
    EXPECT_EQ(store_.takings.front().reason, TakeReason::resume);
    store_.answer_taking(taken(0, 3));
    ASSERT_TRUE(wait_for_commit());
    EXPECT_EQ(store_.answer_commit(Done{}).epoch, 3U);
    EXPECT_TRUE(is_done_);
}

TEST_F(DepartureTest, WhatWasCertainlyNotDoneIsAskedAgainAtOnce) {
    const auto departure = begin(TakeReason::expire);
    store_.answer_taking(taken(1));
    for (const StoreError error : {StoreError::full, StoreError::not_asked}) {
        ASSERT_TRUE(wait_for_commit());
        EXPECT_EQ(writes<CloseSession>(store_.answer_commit(error)).size(), 1U);
    }
    ASSERT_TRUE(wait_for_commit());
    const Commit again = store_.answer_commit(Done{});
    EXPECT_EQ(again.epoch, 2U);
    EXPECT_EQ(writes<StoreOffline>(again).size(), 1U);
    EXPECT_EQ(writes<CloseSession>(again).size(), 1U);
    EXPECT_TRUE(is_done_);
    EXPECT_TRUE(store_.takings.empty()) << "there is no doubt whose it is";
}

TEST_F(DepartureTest, ADoubtStaysUntilTheSecondTakingIsAnswered) {
    const auto departure = begin(TakeReason::expire);
    store_.answer_taking(taken(1));
    answer_readings();
    store_.answer_commit(StoreError::unavailable);
    ASSERT_TRUE(wait_for_commit());
    EXPECT_TRUE(store_.answer_commit(Done{}).writes.empty());
    ASSERT_EQ(store_.takings.size(), 1U);
    store_.answer_taking(TakeFailure::store);
    // Its client may come before the store does: whose it is must be asked once more.
    ASSERT_TRUE(test::run_until(loop_, [this] {
        answer_readings();
        return !store_.commits.empty() || !store_.takings.empty();
    }));
    EXPECT_TRUE(store_.takings.empty()) << "that would take it from its client";
    ASSERT_EQ(store_.commits.size(), 1U);
    EXPECT_TRUE(store_.answer_commit(Fenced{}).writes.empty());
    EXPECT_TRUE(is_done_);
    EXPECT_TRUE(store_.takings.empty());
}

TEST_F(DepartureTest, AClientThatResumesWhileTheStoreIsAwayKeepsItsSession) {
    const auto departure = begin(TakeReason::expire);
    store_.answer_taking(taken(1));
    answer_readings();
    store_.answer_commit(StoreError::unavailable);
    ASSERT_TRUE(wait_for_commit());
    store_.answer_commit(Fenced{});
    EXPECT_TRUE(is_done_);
    EXPECT_TRUE(store_.takings.empty()) << "its client has been told that it has it";
}

}  // namespace
}  // namespace backend

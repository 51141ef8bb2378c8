// Owners, epochs, leases and ends of sessions: the part of the suite of backend/store/store.h that
// makes sessions movable (see store_suite.h).

#include <algorithm>
#include <map>

#include "tests/backend/store/store_suite.h"
#include "tests/support/run_loop.h"

using namespace backend;
using namespace std::chrono_literals;
using test::commit_of;
using test::Heard;
using test::is;

namespace {

bool contains(const std::vector<SessionRef>& refs, const SessionRef& wanted) {
    return std::find(refs.begin(), refs.end(), wanted) != refs.end();
}

}  // namespace

TEST_P(StoreSuite, TakingASessionBringsAllOfItAndTellsItsOldOwner) {
    ASSERT_TRUE(is<Done>(a_->open(anna_, "phone")));
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Enqueue{anna_, "bind"}}))));
    Commit enable = commit_of(anna_, {EnableSm{true, 120s}, SetInactive{true}});
    enable.handled = 0xfffffffe;
    ASSERT_TRUE(is<Done>(a_->commit(std::move(enable))));
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Enqueue{anna_, "m"}}))));
    a_->heard();
    const auto outcome = b_->take(anna_, TakeReason::resume);
    ASSERT_TRUE(is<TakenSession>(outcome));
    const auto& taken = std::get<TakenSession>(outcome);
    EXPECT_TRUE(taken.record.ref == anna_);
    EXPECT_EQ(taken.record.resource, "phone");
    EXPECT_EQ(taken.record.owner, NodeName("b"));
    EXPECT_EQ(taken.record.epoch, 2U);
    EXPECT_TRUE(taken.record.has_sm);
    EXPECT_TRUE(taken.record.is_resumable);
    EXPECT_EQ(taken.record.resume_time, 120s);
    EXPECT_EQ(taken.record.counted_from, 1U);
    EXPECT_EQ(taken.record.handled, 0xfffffffeU);
    EXPECT_TRUE(taken.record.is_inactive);
    EXPECT_EQ(taken.record.route.resource, "phone");
    EXPECT_EQ(taken.queue.size(), 2U);
    const auto heard = a_->heard();
    ASSERT_EQ(heard.size(), 1U);
    EXPECT_EQ(heard[0].what, Heard::What::taken);
    EXPECT_TRUE(heard[0].session == anna_);
    EXPECT_EQ(heard[0].epoch, 1U);
    // The old owner is fenced, whatever it says.
    EXPECT_TRUE(is<Fenced>(a_->commit(commit_of(anna_, {Enqueue{anna_, "old"}}))));
    EXPECT_TRUE(is<Fenced>(a_->commit(commit_of(anna_, {Enqueue{anna_, "old"}}, 2))));
    EXPECT_TRUE(is<Fenced>(a_->commit(commit_of(anna_, {CloseSession{}}))));
    EXPECT_TRUE(is<Done>(b_->commit(commit_of(anna_, {Enqueue{anna_, "new"}}, 2))));
    const auto queued = b_->queued(anna_);
    ASSERT_EQ(queued.size(), 1U);
    EXPECT_EQ(queued[0].bytes, "new");
    EXPECT_EQ(queued[0].number, 3U);
    EXPECT_TRUE(a_->heard().empty());
}

TEST_P(StoreSuite, ANodeTakesASessionFromItself) {
    open_sm(*a_, anna_, "phone");
    const auto outcome = a_->take(anna_, TakeReason::resume);
    ASSERT_TRUE(is<TakenSession>(outcome));
    EXPECT_EQ(std::get<TakenSession>(outcome).record.epoch, 2U);
    const auto heard = a_->heard();
    ASSERT_EQ(heard.size(), 1U);
    EXPECT_EQ(heard[0].what, Heard::What::taken);
    EXPECT_EQ(heard[0].epoch, 1U);
    EXPECT_TRUE(is<Fenced>(a_->commit(commit_of(anna_, {}))));
    EXPECT_TRUE(is<Done>(a_->commit(commit_of(anna_, {}, 2))));
}

TEST_P(StoreSuite, OnlyItsUserFindsASession) {
    open_sm(*a_, anna_, "phone");
    for (const auto& wrong : {test::ref(kBert, "anna-1"), test::ref(kAnna, "anna-2"),
                              test::ref(kAnna, ""), test::ref("nobody@example.org", "anna-1")}) {
        const auto outcome = b_->take(wrong, TakeReason::resume);
        ASSERT_TRUE(is<TakeFailure>(outcome));
        EXPECT_EQ(std::get<TakeFailure>(outcome), TakeFailure::not_found);
    }
    EXPECT_TRUE(is<Done>(a_->commit(commit_of(anna_, {}))));
}

TEST_P(StoreSuite, AClosedSessionIsGone) {
    open_sm(*a_, anna_, "phone");
    open_sm(*b_, bert_, "desk");
    ASSERT_TRUE(is<Done>(a_->commit(
        commit_of(anna_, {Enqueue{anna_, "m"}, Enqueue{bert_, "bye"}, CloseSession{}}))));
    EXPECT_TRUE(is<TakeFailure>(b_->take(anna_, TakeReason::resume)));
    EXPECT_TRUE(is<Fenced>(a_->commit(commit_of(anna_, {}))));
    EXPECT_TRUE(is<Stale>(b_->commit(commit_of(bert_, {Enqueue{anna_, "m"}}))));
    EXPECT_EQ(b_->queued(bert_).size(), 1U);
    // Its resource is free again, and its queue does not come back.
    ASSERT_TRUE(is<Done>(b_->open(test::ref(kAnna, "anna-2"), "phone")));
    const auto taken = b_->take(test::ref(kAnna, "anna-2"), TakeReason::resume);
    ASSERT_TRUE(is<TakenSession>(taken));
    EXPECT_TRUE(std::get<TakenSession>(taken).queue.empty());
}

TEST_P(StoreSuite, SomebodyElsesSessionIsToldToEnd) {
    open_sm(*a_, anna_, "phone");
    open_sm(*b_, bert_, "desk");
    EXPECT_TRUE(is<Done>(a_->commit(
        commit_of(anna_, {EndOther{bert_, "conflict"}, EndOther{test::ref(kBert, "gone"), "x"}}))));
    const auto heard = b_->heard();
    ASSERT_EQ(heard.size(), 1U);
    EXPECT_EQ(heard[0].what, Heard::What::must_end);
    EXPECT_TRUE(heard[0].session == bert_);
    EXPECT_EQ(heard[0].condition, "conflict");
    EXPECT_TRUE(is<Done>(b_->commit(commit_of(bert_, {}))));
}

TEST_P(StoreSuite, ADetachedSessionExpiresAfterItsResumeTime) {
    open_sm(*a_, anna_, "phone", 30s);
    open_sm(*b_, bert_, "desk");
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Detach{}}))));
    EXPECT_TRUE(b_->find_expired().empty());
    EXPECT_TRUE(is<TakeFailure>(b_->take(anna_, TakeReason::expire)));
    // What is sent to it meanwhile is kept.
    ASSERT_TRUE(is<Done>(b_->commit(commit_of(bert_, {Enqueue{anna_, "kept"}}))));
    pass_time(31s, {a_.get(), b_.get()});
    const auto expired = b_->find_expired();
    ASSERT_EQ(expired.size(), 1U);
    EXPECT_TRUE(expired[0] == anna_);
    const auto taken = b_->take(anna_, TakeReason::expire);
    ASSERT_TRUE(is<TakenSession>(taken));
    EXPECT_EQ(std::get<TakenSession>(taken).queue.size(), 1U);
    EXPECT_EQ(std::get<TakenSession>(taken).record.epoch, 2U);
    // It has an owner now: nobody else ends it.
    EXPECT_TRUE(is<TakeFailure>(a_->take(anna_, TakeReason::expire)));
    EXPECT_TRUE(a_->find_expired().empty());
    EXPECT_TRUE(is<Done>(b_->commit(commit_of(anna_, {CloseSession{}}, 2))));
}

TEST_P(StoreSuite, AResumedSessionDoesNotExpire) {
    open_sm(*a_, anna_, "phone", 10s);
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Detach{}}))));
    pass_time(5s, {a_.get(), b_.get()});
    ASSERT_TRUE(is<TakenSession>(b_->take(anna_, TakeReason::resume)));
    pass_time(10s, {a_.get(), b_.get()});
    EXPECT_TRUE(a_->find_expired().empty());
    EXPECT_TRUE(is<TakeFailure>(a_->take(anna_, TakeReason::expire)));
}

TEST_P(StoreSuite, ASessionThatCannotBeResumedExpiresWhenItIsDetached) {
    ASSERT_TRUE(is<Done>(a_->open(anna_, "phone")));
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, {EnableSm{false, 300s}, Detach{}}))));
    EXPECT_TRUE(contains(b_->find_expired(), anna_));
    EXPECT_TRUE(is<TakenSession>(b_->take(anna_, TakeReason::expire)));
}

TEST_P(StoreSuite, AnOrphanThatMustEndExpiresAtOnce) {
    open_sm(*a_, anna_, "phone", 300s);
    open_sm(*b_, bert_, "desk");
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Detach{}}))));
    ASSERT_TRUE(is<Done>(b_->commit(commit_of(bert_, {EndOther{anna_, "conflict"}}))));
    EXPECT_TRUE(contains(b_->find_expired(), anna_));
    EXPECT_TRUE(is<TakenSession>(b_->take(anna_, TakeReason::expire)));
}

TEST_P(StoreSuite, SessionsOfADeadNodeAreOrphanedWithItsLease) {
    open_sm(*a_, anna_, "phone", 20s);
    const auto plain = test::ref(kAnna, "plain");
    ASSERT_TRUE(is<Done>(a_->open(plain, "desk")));
    open_sm(*b_, bert_, "desk");
    a_->kill();
    pass_time(5s, {b_.get()});
    EXPECT_TRUE(contains(b_->find_expired(), plain));
    EXPECT_FALSE(contains(b_->find_expired(), anna_));
    EXPECT_FALSE(contains(b_->find_expired(), bert_));
    ASSERT_TRUE(is<Done>(b_->commit(commit_of(bert_, {Enqueue{anna_, "kept"}}))));
    pass_time(21s, {b_.get()});
    EXPECT_TRUE(contains(b_->find_expired(), anna_));
    EXPECT_EQ(b_->find_expired(1).size(), 1U);
    const auto taken = b_->take(anna_, TakeReason::resume);
    ASSERT_TRUE(is<TakenSession>(taken));
    EXPECT_EQ(std::get<TakenSession>(taken).queue.size(), 1U);
}

TEST_P(StoreSuite, ANodeThatSleepsLosesItsSessionsAndIsFencedWhenItWakes) {
    const auto plain = test::ref(kAnna, "plain");
    ASSERT_TRUE(is<Done>(a_->open(plain, "desk")));
    open_sm(*a_, anna_, "phone", 20s);
    pass_time(30s, {b_.get()});
    EXPECT_TRUE(contains(b_->find_expired(), plain));
    EXPECT_TRUE(contains(b_->find_expired(), anna_));
    ASSERT_TRUE(is<TakenSession>(b_->take(plain, TakeReason::expire)));
    ASSERT_TRUE(is<TakenSession>(b_->take(anna_, TakeReason::expire)));
    EXPECT_TRUE(is<Fenced>(a_->commit(commit_of(plain, {Enqueue{plain, "late"}}))));
    EXPECT_TRUE(is<Fenced>(a_->commit(commit_of(anna_, {Enqueue{anna_, "late"}}))));
    auto heard = a_->heard();
    EXPECT_EQ(heard.size(), 2U);
    for (const auto& each : heard) EXPECT_EQ(each.what, Heard::What::taken);
}

TEST_P(StoreSuite, ALivingNodeKeepsItsSessions) {
    const auto plain = test::ref(kAnna, "plain");
    ASSERT_TRUE(is<Done>(a_->open(plain, "desk")));
    pass_time(20s, {a_.get(), b_.get()});
    EXPECT_TRUE(b_->find_expired().empty());
    EXPECT_TRUE(is<TakeFailure>(b_->take(plain, TakeReason::expire)));
}

TEST_P(StoreSuite, ANodeThatStartsAgainOwnsNothingOfItsFormerLife) {
    const auto plain = test::ref(kAnna, "plain");
    ASSERT_TRUE(is<Done>(a_->open(plain, "desk")));
    a_->kill();
    test::TestNode again(*engine_, "a");
    EXPECT_TRUE(is<Fenced>(again.commit(commit_of(plain, {Enqueue{plain, "m"}}))));
    pass_time(5s, {&again, b_.get()});
    EXPECT_TRUE(contains(b_->find_expired(), plain));
    EXPECT_TRUE(again.heard().empty());
}

TEST_P(StoreSuite, OfTwoNodesThatRaceTheLastOneOwns) {
    open_sm(*a_, anna_, "phone");
    std::map<Epoch, int> winners;
    Epoch last_of[2] = {0, 0};
    int answers = 0;
    constexpr int kRounds = 50;
    for (int i = 0; i < kRounds; ++i) {
        for (int node = 0; node < 2; ++node) {
            auto& store = (node == 0 ? a_ : b_)->store();
            store.take_session(anna_, TakeReason::resume, [&, node](auto outcome) {
                ++answers;
                ASSERT_TRUE(is<TakenSession>(outcome));
                const auto epoch = std::get<TakenSession>(outcome).record.epoch;
                ++winners[epoch];
                EXPECT_GT(epoch, last_of[node]);
                last_of[node] = epoch;
            });
        }
        if (i % 7 == 0) {
            a_->loop().run_once();
            b_->loop().run_once();
        }
    }
    ASSERT_TRUE(test::run_until(a_->loop(), [&] {
        b_->loop().run_once();
        return answers == 2 * kRounds;
    }));
    EXPECT_EQ(winners.size(), 2U * kRounds);
    for (const auto& [epoch, count] : winners) EXPECT_EQ(count, 1) << epoch;
    const bool is_a = last_of[0] > last_of[1];
    auto& owner = is_a ? *a_ : *b_;
    auto& other = is_a ? *b_ : *a_;
    const Epoch last = std::max(last_of[0], last_of[1]);
    EXPECT_EQ(last, 2U * kRounds + 1);
    EXPECT_TRUE(is<Fenced>(other.commit(commit_of(anna_, {}, std::min(last_of[0], last_of[1])))));
    EXPECT_TRUE(is<Fenced>(other.commit(commit_of(anna_, {}, last))));
    EXPECT_TRUE(is<Done>(owner.commit(commit_of(anna_, {}, last))));
}

TEST_P(StoreSuite, WhatATakerIsGivenAndWhatItHearsLaterMeetWithoutGap) {
    // Stanzas are queued all the time while the session wanders: each owner's picture is the queue
    // it was given and what it hears under its epoch, and that has every number once, in order.
    open_sm(*a_, anna_, "phone");
    open_sm(*a_, bert_, "desk");
    int committed = 0;
    Epoch epoch = 1;
    for (int round = 0; round < 20; ++round) {
        auto& taker = round % 2 == 0 ? *b_ : *a_;
        taker.heard();
        const auto enqueue = [&] {
            a_->store().commit(commit_of(bert_, {Enqueue{anna_, "m"}}),
                               [&](CommitOutcome outcome) { committed += is<Done>(outcome); });
        };
        const int before = committed;
        for (int i = 0; i < 5; ++i) enqueue();
        std::optional<TakenSession> taken;
        taker.store().take_session(anna_, TakeReason::resume, [&](auto outcome) {
            ASSERT_TRUE(is<TakenSession>(outcome));
            taken = std::get<TakenSession>(std::move(outcome));
        });
        for (int i = 0; i < 5; ++i) enqueue();
        ASSERT_TRUE(test::run_until(a_->loop(), [&] {
            b_->loop().run_once();
            return taken && committed == before + 10;
        }));
        EXPECT_EQ(taken->record.epoch, ++epoch);
        std::vector<std::uint64_t> seen;
        for (const auto& stanza : taken->queue) seen.push_back(stanza.number);
        for (const auto& each : taker.heard())
            if (each.what == Heard::What::queued && each.epoch == epoch)
                for (const auto& stanza : each.stanzas) seen.push_back(stanza.number);
        ASSERT_EQ(seen.size(), static_cast<std::size_t>(committed));
        for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], i + 1);
    }
}

TEST_P(StoreSuite, AStoreThatIsGoneAnswersNobody) {
    open_sm(*a_, anna_, "phone");
    bool is_answered = false;
    a_->store().commit(commit_of(anna_, {Enqueue{anna_, "m"}}),
                       [&](CommitOutcome) { is_answered = true; });
    a_->kill();
    b_->renew_lease();
    a_->loop().run_once();
    EXPECT_FALSE(is_answered);
}

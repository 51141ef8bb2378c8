// Aim: the Redis engine keeps every promise of the store, and goes on keeping them when Redis is
// killed, hangs, is full or forgets its scripts.
#include "backend/store/redis/store.h"

#include <algorithm>
#include <optional>

#include "backend/store/redis/scripts.h"
#include "tests/backend/store/redis/under_test.h"
#include "tests/backend/store/store_suite.h"

using namespace backend;
using namespace std::chrono_literals;
using test::is;

namespace {

INSTANTIATE_TEST_SUITE_P(Redis, StoreSuite, testing::Values(test::EngineMaker([] {
                             return std::make_unique<test::RedisUnderTest>();
                         })));

using test::kAnna;
using test::kBert;

class RedisStoreTest : public testing::Test {
protected:
    void SetUp() override {
        a_ = std::make_unique<test::TestNode>(engine_, "a");
        b_ = std::make_unique<test::TestNode>(engine_, "b");
        ASSERT_TRUE(a_->add_account(kAnna));
        ASSERT_TRUE(a_->add_account(kBert));
        ASSERT_TRUE(is<Done>(a_->open(anna_, "home")));
        ASSERT_TRUE(is<Done>(b_->open(bert_, "home")));
    }

    Commit to_bert(std::string stanza) const {
        return {.session = anna_, .epoch = 1, .writes = {Enqueue{bert_, std::move(stanza)}}};
    }
    /// Turns both loops.
    bool run_both(const std::function<bool()>& holds) {
        return test::run_until(a_->loop(), [&] {
            b_->loop().run_once();
            return holds();
        });
    }
    /// Bert's stanzas that node b hears until it has heard `count`.
    std::vector<QueuedStanza> hear(std::size_t count) {
        std::vector<QueuedStanza> all;
        for (int i = 0; i < 500 && all.size() < count; ++i) {
            for (auto& stanza : b_->queued(bert_)) all.push_back(std::move(stanza));
        }
        return all;
    }
    /// What node b hears next.
    std::vector<test::Heard> hear_news() {
        std::vector<test::Heard> heard;
        EXPECT_TRUE(run_both([&] {
            heard = b_->heard();
            return !heard.empty();
        }));
        return heard;
    }
    static void expect_in_order(const std::vector<QueuedStanza>& stanzas, std::size_t count) {
        ASSERT_EQ(stanzas.size(), count);
        for (std::size_t i = 0; i < count; ++i) {
            EXPECT_EQ(stanzas[i].number, i + 1);
            EXPECT_EQ(stanzas[i].bytes, "m" + std::to_string(i));
        }
    }

    test::RedisUnderTest engine_;
    std::unique_ptr<test::TestNode> a_;
    std::unique_ptr<test::TestNode> b_;
    const SessionRef anna_ = test::ref(kAnna, "anna-1");
    const SessionRef bert_ = test::ref(kBert, "bert-1");
};

TEST_F(RedisStoreTest, AServerKilledInTheMiddleLosesAndDoublesNothing) {
    constexpr std::size_t kCount = 600;
    std::size_t done = 0;
    for (std::size_t i = 0; i < kCount; ++i) {
        a_->store().commit(to_bert("m" + std::to_string(i)), [&](CommitOutcome outcome) {
            EXPECT_TRUE(is<Done>(outcome));
            ++done;
        });
        // At three places, with commits on their way there and answers on their way back.
        if (i % 200 == 150) {
            a_->loop().run_once();
            engine_.server().kill();
            a_->loop().run_once();
            engine_.server().start();
        }
        if (i % 7 == 0) a_->loop().run_once();
    }
    ASSERT_TRUE(run_both([&] { return done == kCount; }));
    expect_in_order(hear(kCount), kCount);
}

TEST_F(RedisStoreTest, ConfirmedStanzasOutliveTheServer) {
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(is<Done>(a_->commit(to_bert("m" + std::to_string(i)))));
    }
    engine_.server().kill();
    engine_.server().start();
    const auto taken = a_->take(bert_, TakeReason::resume);
    ASSERT_TRUE(is<TakenSession>(taken));
    expect_in_order(std::get<TakenSession>(taken).queue, 20);
    EXPECT_EQ(std::get<TakenSession>(taken).record.epoch, 2U);
}

TEST_F(RedisStoreTest, ARepeatedCommitIsDoneOnce) {
    // A commit whose answer is lost: what the script is given a second time.
    const std::string life = engine_.server().ask({"HGET", "stanzanode:names", "a"});
    const RedisAsker asker{redis_key::channel(0, NodeName("a")), "a", life};
    const auto ask = [&](std::uint64_t number, Commit commit) {
        const RedisCommit made = make_commit(asker, std::move(commit), number, 1);
        return engine_.server().ask(made.arguments);
    };
    const std::string version =
        ask(1, {.session = anna_,
                .epoch = 1,
                .writes = {PutRosterItem{kAnna, {.jid = kBert}}, Enqueue{bert_, "m0"}}});
    EXPECT_EQ(version.substr(0, 1), "D");
    EXPECT_EQ(
        ask(2, {.session = anna_, .epoch = 1, .writes = {Enqueue{test::ref(kBert, "gone"), "x"}}}),
        "S");
    EXPECT_EQ(ask(3, to_bert("m1")), "D0");
    // The same again, as after a reconnect; number 2 stays refused although 3 was done.
    EXPECT_EQ(ask(1, {.session = anna_,
                      .epoch = 1,
                      .writes = {PutRosterItem{kAnna, {.jid = kBert}}, Enqueue{bert_, "m0"}}}),
              version);
    EXPECT_EQ(ask(2, to_bert("x")), "S");
    EXPECT_EQ(ask(3, to_bert("m1")), "D0");
    expect_in_order(hear(2), 2);
    const Commit close{
        .session = anna_, .epoch = 1, .writes = {Enqueue{bert_, "m2"}, CloseSession{}}};
    EXPECT_EQ(ask(4, close), "D0");
    EXPECT_EQ(ask(4, close), "D0");
    EXPECT_EQ(ask(5, close), "F");
    EXPECT_EQ(b_->queued(bert_).size(), 1U);
}

TEST_F(RedisStoreTest, WhoWasAwayHearsAllOfItInOrder) {
    for (int i = 0; i < 30; ++i) {
        ASSERT_TRUE(is<Done>(a_->commit(to_bert("m" + std::to_string(i)))));
        // The channel is cut again and again, mostly while nobody turns b's loop.
        if (i % 10 == 3) engine_.server().ask({"CLIENT", "KILL", "TYPE", "pubsub"});
        if (i % 10 == 6) b_->loop().run_once();
    }
    expect_in_order(hear(30), 30);
}

TEST_F(RedisStoreTest, WhoWasAwayHearsOfASessionThatWasTaken) {
    engine_.server().ask({"CLIENT", "KILL", "TYPE", "pubsub"});
    ASSERT_TRUE(is<TakenSession>(a_->take(bert_, TakeReason::resume)));
    const auto heard = hear_news();
    ASSERT_EQ(heard.size(), 1U);
    EXPECT_EQ(heard[0].what, test::Heard::What::taken);
    EXPECT_EQ(heard[0].epoch, 1U);
}

TEST_F(RedisStoreTest, ScriptsThatRedisForgotAreLoadedAgain) {
    ASSERT_TRUE(is<Done>(a_->commit(to_bert("m0"))));
    engine_.server().ask({"SCRIPT", "FLUSH"});
    ASSERT_TRUE(is<Done>(a_->commit(to_bert("m1"))));
    expect_in_order(hear(2), 2);
}

TEST_F(RedisStoreTest, AFullRedisSaysSoAndChangesNothing) {
    engine_.server().ask({"CONFIG", "SET", "maxmemory", "1"});
    const auto outcome = a_->commit(to_bert("m0"));
    ASSERT_TRUE(is<StoreError>(outcome));
    EXPECT_EQ(std::get<StoreError>(outcome), StoreError::full);
    engine_.server().ask({"CONFIG", "SET", "maxmemory", "0"});
    ASSERT_TRUE(is<Done>(a_->commit(to_bert("m0"))));
    expect_in_order(hear(1), 1);
}

TEST_F(RedisStoreTest, AMasterThatIsAReplicaNowTakesNothing) {
    engine_.limit({.wait = 600ms});
    test::TestNode node(engine_, "c");
    const auto carl = test::ref(kAnna, "carl-1");
    ASSERT_TRUE(is<Done>(node.open(carl, "desk")));
    const Commit commit{.session = carl, .epoch = 1, .writes = {Enqueue{bert_, "m0"}}};
    engine_.server().ask({"REPLICAOF", "127.0.0.1", "1"});
    const auto outcome = node.commit(commit);
    ASSERT_TRUE(is<StoreError>(outcome));
    EXPECT_EQ(std::get<StoreError>(outcome), StoreError::unavailable);
    engine_.server().ask({"REPLICAOF", "NO", "ONE"});
    ASSERT_TRUE(test::run_until(node.loop(), [&] { return is<Done>(node.commit(commit)); }));
    expect_in_order(hear(1), 1);
}

TEST_F(RedisStoreTest, WhatWasNeverSentCanBeAskedAgain) {
    engine_.limit({.wait = 600ms});
    test::TestNode node(engine_, "c");
    const auto carl = test::ref(kAnna, "carl-1");
    ASSERT_TRUE(is<Done>(node.open(carl, "desk")));
    const auto error = [&]() -> std::optional<StoreError> {
        const auto outcome = node.commit(test::commit_of(carl, {Enqueue{bert_, "m0"}}));
        const auto* found = std::get_if<StoreError>(&outcome);
        return found == nullptr ? std::nullopt : std::optional(*found);
    };
    engine_.server().pause();
    EXPECT_EQ(error(), StoreError::unavailable) << "it is on its way";
    engine_.server().kill();
    EXPECT_EQ(error(), StoreError::not_asked);
    engine_.server().start();
    EXPECT_TRUE(test::run_until(node.loop(), [&] { return !error(); }));
}

TEST_F(RedisStoreTest, ASessionThatWasTakenUnheardWaitsForItsClient) {
    engine_.limit({.wait = 600ms});
    test::TestNode node(engine_, "c");
    const auto owner_is_told = [&] {
        return engine_.server().ask({"HEXISTS", redis_key::session(bert_), "hears"}) == "1";
    };
    engine_.server().pause();
    const auto taken = node.take(bert_, TakeReason::resume);
    ASSERT_TRUE(is<TakeFailure>(taken));
    ASSERT_EQ(std::get<TakeFailure>(taken), TakeFailure::store);
    engine_.server().go_on();
    ASSERT_EQ(engine_.server().ask({"HGET", redis_key::session(bert_), "node"}), "c")
        << "it was done";
    ASSERT_TRUE(owner_is_told()) << "who knows of nothing";
    ASSERT_TRUE(test::run_until(node.loop(), [&] {
        node.renew_lease();
        return !owner_is_told();
    }));
    // Its client may come any time.
    ASSERT_TRUE(is<Done>(a_->commit(to_bert("m0"))));
    const auto again = b_->take(bert_, TakeReason::resume);
    ASSERT_TRUE(is<TakenSession>(again));
    expect_in_order(std::get<TakenSession>(again).queue, 1);
    EXPECT_EQ(std::get<TakenSession>(again).record.epoch, 3U);
}

TEST_F(RedisStoreTest, WhoHasTakenUnheardHearsItWhenAskingAgain) {
    engine_.limit({.wait = 600ms});
    test::TestNode node(engine_, "c");
    engine_.server().pause();
    ASSERT_TRUE(is<TakeFailure>(node.take(bert_, TakeReason::resume)));
    engine_.server().go_on();
    // Whoever took it alive would not be given it for its end: its lease lives.
    const auto again = node.take(bert_, TakeReason::expire);
    ASSERT_TRUE(is<TakenSession>(again));
    EXPECT_EQ(std::get<TakenSession>(again).record.epoch, 2U);
    EXPECT_TRUE(is<TakeFailure>(node.take(bert_, TakeReason::expire))) << "said once more, no more";
}

TEST_F(RedisStoreTest, ATakingThatWasNotDoneIsLeftAlone) {
    engine_.limit({.wait = 600ms});
    test::TestNode node(engine_, "c");
    engine_.server().pause();
    ASSERT_TRUE(is<TakeFailure>(node.take(bert_, TakeReason::resume)));
    engine_.server().go_on();
    ASSERT_TRUE(is<TakenSession>(a_->take(bert_, TakeReason::resume))) << "others were faster";
    for (int i = 0; i < 5; ++i) {
        test::run_until(node.loop(), [&] {
            bool is_kept = false;
            bool is_there = false;
            node.store().renew_lease([&](auto answer) {
                is_there = true;
                is_kept = !is<StoreError>(answer);
            });
            test::run_until(node.loop(), [&] { return is_there; });
            return is_kept;
        });
    }
    EXPECT_EQ(engine_.server().ask({"HGET", redis_key::session(bert_), "node"}), "a");
    EXPECT_EQ(engine_.server().ask({"HEXISTS", redis_key::session(bert_), "hears"}), "1");
}

TEST_F(RedisStoreTest, OneThatWasAwayHearsThatItMustEnd) {
    engine_.server().ask({"CLIENT", "KILL", "TYPE", "pubsub"});
    ASSERT_TRUE(is<Done>(a_->commit(
        {.session = anna_, .epoch = 1, .writes = {EndOther{bert_, "resource-constraint"}}})));
    const auto heard = hear_news();
    ASSERT_EQ(heard.size(), 1U);
    EXPECT_EQ(heard[0].what, test::Heard::What::must_end);
    EXPECT_EQ(heard[0].condition, "resource-constraint");
}

TEST_F(RedisStoreTest, AFullRedisLetsSessionsGoOnAndEnd) {
    ASSERT_TRUE(is<Done>(a_->commit(to_bert("m0"))));
    ASSERT_TRUE(is<Done>(a_->commit(to_bert("m1"))));
    engine_.server().ask({"CONFIG", "SET", "maxmemory", "1"});
    const auto taken = a_->take(bert_, TakeReason::resume);
    ASSERT_TRUE(is<TakenSession>(taken));
    expect_in_order(std::get<TakenSession>(taken).queue, 2);
    const auto write = [&](std::vector<Write> writes) {
        return a_->commit({.session = bert_, .epoch = 2, .writes = std::move(writes)});
    };
    EXPECT_TRUE(is<Done>(write({Trim{1}})));
    EXPECT_TRUE(is<Done>(write({Detach{}})));
    EXPECT_TRUE(is<Done>(write({CloseSession{}})));
}

TEST(RedisStore, WhoWaitsIsAnsweredInTimeAndInOrder) {
    test::RedisUnderTest engine;
    engine.limit({.wait = 600ms, .requests = 8});
    test::TestNode node(engine, "a");
    engine.server().pause();
    std::vector<int> answered;
    const auto begin = core::Clock::now();
    for (int i = 0; i < 12; ++i) {
        node.store().list_accounts([&answered, i](auto answer) {
            EXPECT_TRUE(is<StoreError>(answer));
            answered.push_back(i);
        });
    }
    EXPECT_TRUE(answered.empty());
    ASSERT_TRUE(test::run_until(node.loop(), [&] { return answered.size() == 12; }));
    EXPECT_LT(core::Clock::now() - begin, 3s);
    EXPECT_TRUE(std::is_sorted(answered.begin(), answered.end()));
    engine.server().go_on();
    ASSERT_TRUE(test::run_until(node.loop(), [&] {
        bool is_good = false;
        bool is_there = false;
        node.store().list_accounts([&](auto answer) {
            is_there = true;
            is_good = !is<StoreError>(answer);
        });
        test::run_until(node.loop(), [&] { return is_there; });
        return is_good;
    }));
}

}  // namespace

// Aim: the Redis engine keeps every promise of the store, and goes on keeping them when Redis is
// killed, hangs, forgets its scripts, hands over to a replica, or was never fit for it.
#include "backend/redis_store.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "backend/redis_password.h"
#include "backend/redis_scripts.h"
#include "tests/backend/store_suite.h"
#include "tests/support/redis_server.h"
#include "tests/support/run_loop.h"

using namespace backend;
using namespace std::chrono_literals;

namespace {

RedisAddress address_of(const std::string& url) {
    auto address = parse_redis_address(url);
    EXPECT_TRUE(address) << address.error();
    return std::move(address).value();
}

std::unique_ptr<Store> started(core::EventLoop& loop, const std::string& url, NodeName name,
                               StoreEvents& events, RedisPipeline::Limits limits = {}) {
    bool is_started = false;
    auto store = std::make_unique<RedisStore>(
        loop, address_of(url), std::move(name), events,
        [&is_started](core::Result<void, std::string> how) {
            EXPECT_TRUE(how) << how.error();
            is_started = true;
        },
        limits);
    EXPECT_TRUE(test::run_until(loop, [&] { return is_started; }));
    return store;
}

/// Time passes by moving all that is kept as a time into the past.
constexpr const char* kAgeScript = R"lua(
for _, key in ipairs({'stanzanode:expiry', 'stanzanode:lives'}) do
  local all = redis.call('ZRANGE', key, 0, -1)
  for _, member in ipairs(all) do redis.call('ZINCRBY', key, -ARGV[1], member) end
end
local grace = redis.call('PTTL', 'stanzanode:grace')
if grace > 0 then redis.call('PEXPIRE', 'stanzanode:grace', math.max(1, grace - ARGV[1])) end
return 1
)lua";

class RedisUnderTest final : public test::EngineUnderTest {
public:
    std::unique_ptr<Store> attach(core::EventLoop& loop, NodeName name,
                                  StoreEvents& events) override {
        return started(loop, server_.url(), std::move(name), events, limits_);
    }
    void advance(std::chrono::milliseconds time) override {
        EXPECT_EQ(server_.ask({"EVAL", kAgeScript, "0", std::to_string(time.count())}), "1");
    }
    /// In turn: killed and started again, all connections cut, all scripts forgotten.
    void disturb() override {
        switch (disturbed_++ % 3) {
            case 0:
                server_.kill();
                server_.start();
                break;
            case 1: server_.ask({"CLIENT", "KILL", "SKIPME", "yes"}); break;
            default: server_.ask({"SCRIPT", "FLUSH"});
        }
    }
    test::RedisServer& server() { return server_; }
    void limit(RedisPipeline::Limits limits) { limits_ = limits; }

private:
    test::RedisServer server_;
    RedisPipeline::Limits limits_;
    int disturbed_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Redis, StoreSuite, testing::Values(test::EngineMaker([] {
                             return std::make_unique<RedisUnderTest>();
                         })));

constexpr auto kAnna = "anna@example.org";
constexpr auto kBert = "bert@example.org";

class RedisStoreTest : public testing::Test {
protected:
    void SetUp() override {
        a_ = std::make_unique<test::TestNode>(engine_, "a");
        b_ = std::make_unique<test::TestNode>(engine_, "b");
        ASSERT_TRUE(a_->add_account(kAnna));
        ASSERT_TRUE(a_->add_account(kBert));
        ASSERT_TRUE(std::holds_alternative<Done>(a_->open(anna_, "home")));
        ASSERT_TRUE(std::holds_alternative<Done>(b_->open(bert_, "home")));
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
    static void expect_in_order(const std::vector<QueuedStanza>& stanzas, std::size_t count) {
        ASSERT_EQ(stanzas.size(), count);
        for (std::size_t i = 0; i < count; ++i) {
            EXPECT_EQ(stanzas[i].number, i + 1);
            EXPECT_EQ(stanzas[i].bytes, "m" + std::to_string(i));
        }
    }

    RedisUnderTest engine_;
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
            EXPECT_TRUE(std::holds_alternative<Done>(outcome));
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
        ASSERT_TRUE(std::holds_alternative<Done>(a_->commit(to_bert("m" + std::to_string(i)))));
    }
    engine_.server().kill();
    engine_.server().start();
    const auto taken = a_->take(bert_, TakeReason::resume);
    ASSERT_TRUE(std::holds_alternative<TakenSession>(taken));
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
        ASSERT_TRUE(std::holds_alternative<Done>(a_->commit(to_bert("m" + std::to_string(i)))));
        // The channel is cut again and again, mostly while nobody turns b's loop.
        if (i % 10 == 3) engine_.server().ask({"CLIENT", "KILL", "TYPE", "pubsub"});
        if (i % 10 == 6) b_->loop().run_once();
    }
    expect_in_order(hear(30), 30);
}

TEST_F(RedisStoreTest, WhoWasAwayHearsOfASessionThatWasTaken) {
    engine_.server().ask({"CLIENT", "KILL", "TYPE", "pubsub"});
    ASSERT_TRUE(std::holds_alternative<TakenSession>(a_->take(bert_, TakeReason::resume)));
    std::vector<test::Heard> heard;
    ASSERT_TRUE(run_both([&] {
        heard = b_->heard();
        return !heard.empty();
    }));
    ASSERT_EQ(heard.size(), 1U);
    EXPECT_EQ(heard[0].what, test::Heard::What::taken);
    EXPECT_EQ(heard[0].epoch, 1U);
}

TEST_F(RedisStoreTest, ScriptsThatRedisForgotAreLoadedAgain) {
    ASSERT_TRUE(std::holds_alternative<Done>(a_->commit(to_bert("m0"))));
    engine_.server().ask({"SCRIPT", "FLUSH"});
    ASSERT_TRUE(std::holds_alternative<Done>(a_->commit(to_bert("m1"))));
    expect_in_order(hear(2), 2);
}

TEST_F(RedisStoreTest, AFullRedisSaysSoAndChangesNothing) {
    engine_.server().ask({"CONFIG", "SET", "maxmemory", "1"});
    const auto outcome = a_->commit(to_bert("m0"));
    ASSERT_TRUE(std::holds_alternative<StoreError>(outcome));
    EXPECT_EQ(std::get<StoreError>(outcome), StoreError::full);
    engine_.server().ask({"CONFIG", "SET", "maxmemory", "0"});
    ASSERT_TRUE(std::holds_alternative<Done>(a_->commit(to_bert("m0"))));
    expect_in_order(hear(1), 1);
}

TEST_F(RedisStoreTest, AMasterThatIsAReplicaNowTakesNothing) {
    engine_.limit({.wait = 600ms});
    test::TestNode node(engine_, "c");
    const auto carl = test::ref(kAnna, "carl-1");
    ASSERT_TRUE(std::holds_alternative<Done>(node.open(carl, "desk")));
    const Commit commit{.session = carl, .epoch = 1, .writes = {Enqueue{bert_, "m0"}}};
    engine_.server().ask({"REPLICAOF", "127.0.0.1", "1"});
    const auto outcome = node.commit(commit);
    ASSERT_TRUE(std::holds_alternative<StoreError>(outcome));
    EXPECT_EQ(std::get<StoreError>(outcome), StoreError::unavailable);
    engine_.server().ask({"REPLICAOF", "NO", "ONE"});
    ASSERT_TRUE(test::run_until(node.loop(),
                                [&] { return std::holds_alternative<Done>(node.commit(commit)); }));
    expect_in_order(hear(1), 1);
}

TEST_F(RedisStoreTest, OneThatWasAwayHearsThatItMustEnd) {
    engine_.server().ask({"CLIENT", "KILL", "TYPE", "pubsub"});
    ASSERT_TRUE(std::holds_alternative<Done>(a_->commit(
        {.session = anna_, .epoch = 1, .writes = {EndOther{bert_, "resource-constraint"}}})));
    std::vector<test::Heard> heard;
    ASSERT_TRUE(run_both([&] {
        heard = b_->heard();
        return !heard.empty();
    }));
    ASSERT_EQ(heard.size(), 1U);
    EXPECT_EQ(heard[0].what, test::Heard::What::must_end);
    EXPECT_EQ(heard[0].condition, "resource-constraint");
}

TEST_F(RedisStoreTest, AFullRedisLetsSessionsGoOnAndEnd) {
    ASSERT_TRUE(std::holds_alternative<Done>(a_->commit(to_bert("m0"))));
    ASSERT_TRUE(std::holds_alternative<Done>(a_->commit(to_bert("m1"))));
    engine_.server().ask({"CONFIG", "SET", "maxmemory", "1"});
    const auto taken = a_->take(bert_, TakeReason::resume);
    ASSERT_TRUE(std::holds_alternative<TakenSession>(taken));
    expect_in_order(std::get<TakenSession>(taken).queue, 2);
    const auto write = [&](std::vector<Write> writes) {
        return a_->commit({.session = bert_, .epoch = 2, .writes = std::move(writes)});
    };
    EXPECT_TRUE(std::holds_alternative<Done>(write({Trim{1}})));
    EXPECT_TRUE(std::holds_alternative<Done>(write({Detach{}})));
    EXPECT_TRUE(std::holds_alternative<Done>(write({CloseSession{}})));
}

TEST(RedisStore, WhoWaitsIsAnsweredInTimeAndInOrder) {
    RedisUnderTest engine;
    engine.limit({.wait = 600ms, .requests = 8});
    test::TestNode node(engine, "a");
    engine.server().pause();
    std::vector<int> answered;
    const auto begin = core::Clock::now();
    for (int i = 0; i < 12; ++i) {
        node.store().list_accounts([&answered, i](auto answer) {
            EXPECT_TRUE(std::holds_alternative<StoreError>(answer));
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
            is_good = !std::holds_alternative<StoreError>(answer);
        });
        test::run_until(node.loop(), [&] { return is_there; });
        return is_good;
    }));
}

/// What a node is told that may not use this Redis.
std::string refusal(const std::string& url) {
    struct NoEvents final : StoreEvents {
        void on_queued(const SessionRef&, Epoch, std::vector<QueuedStanza>) override {}
        void on_taken(const SessionRef&, Epoch) override {}
        void on_must_end(const SessionRef&, std::string_view) override {}
    } events;
    core::EventLoop loop;
    std::optional<core::Result<void, std::string>> how;
    RedisStore store(loop, address_of(url), NodeName("a"), events,
                     [&](core::Result<void, std::string> told) { how = std::move(told); });
    EXPECT_TRUE(test::run_until(loop, [&] { return how.has_value(); }));
    return how && !*how ? how->error() : "";
}

TEST(RedisStore, RefusesARedisThatThrowsKeysAway) {
    const test::RedisServer server({"maxmemory-policy allkeys-lru"});
    EXPECT_EQ(refusal(server.url()),
              "redis at " + server.address() +
                  " has maxmemory-policy allkeys-lru, so it may throw away what it was given to "
                  "keep: set it to noeviction");
}

TEST(RedisStore, RefusesAWrongPasswordWithoutRepeatingIt) {
    const test::RedisServer server({"requirepass right"});
    const std::string said = refusal("redis://:wrong@" + server.address());
    EXPECT_NE(said.find("does not accept the user or password"), std::string::npos) << said;
    EXPECT_EQ(said.find("wrong"), std::string::npos);
    EXPECT_EQ(refusal("redis://:right@" + server.address()), "");
    EXPECT_NE(refusal("redis://" + server.address()).find("NOAUTH"), std::string::npos);
}

TEST(RedisStore, ReadsThePasswordFromItsFile) {
    const test::RedisServer server({"requirepass right"});
    const auto folder = std::filesystem::temp_directory_path();
    const std::string name = "redis-password-" + std::to_string(::getpid());
    std::ofstream(folder / name) << "right\n";
    const auto address = address_of("redis://" + server.address() + "?password_file=" + name);
    const auto whole = with_password(address, folder);
    std::filesystem::remove(folder / name);
    ASSERT_TRUE(whole) << whole.error();
    EXPECT_EQ(whole->password.reveal(), "right");
    EXPECT_EQ(refusal("redis://:" + std::string(whole->password.reveal()) + "@" + server.address()),
              "");
    const auto gone = with_password(address, folder);
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().find((folder / name).string()), 0U) << gone.error();
}

TEST(RedisStore, RefusesAReplica) {
    const test::RedisServer master;
    const test::RedisServer replica({"replicaof " + master.host() + " 6379"});
    EXPECT_NE(refusal(replica.url()).find("is a replica"), std::string::npos);
}

TEST(RedisStore, FollowsTheSentinelsToTheNewMaster) {
    test::RedisServer first({"repl-diskless-sync-delay 0"});
    // Loopback addresses look alike from outside: the replica says its own.
    const std::string second_host = test::RedisServer::next_host();
    test::RedisServer second(
        {"replicaof " + first.host() + " 6379", "replica-announce-ip " + second_host});
    ASSERT_EQ(second.host(), second_host);
    const std::string name = "mymaster";
    const test::RedisServer sentinel({"sentinel monitor " + name + " " + first.host() + " 6379 1",
                                      "sentinel down-after-milliseconds " + name + " 500",
                                      "sentinel failover-timeout " + name + " 2000"},
                                     true);
    struct Engine final : test::EngineUnderTest {
        std::string url;
        std::unique_ptr<Store> attach(core::EventLoop& loop, NodeName node,
                                      StoreEvents& events) override {
            return started(loop, url, std::move(node), events, {.wait = 30s});
        }
        void advance(std::chrono::milliseconds) override {}
    } engine;
    // The first sentinel is not there.
    engine.url = "redis+sentinel://127.0.0.1:1," + sentinel.address() + "/" + name;
    test::TestNode node(engine, "a");
    ASSERT_TRUE(node.add_account(kAnna));
    ASSERT_TRUE(test::run_until(node.loop(), [&] {
        return second.ask({"EXISTS", redis_key::of_user(kAnna, "account")}) == "1" &&
               sentinel.ask({"SENTINEL", "replicas", name}).find(second.host()) !=
                   std::string::npos;
    }));
    first.kill();
    ASSERT_TRUE(node.add_account(kBert));
    EXPECT_EQ(node.list_accounts(), (std::vector<std::string>{kAnna, kBert}));
    EXPECT_NE(second.ask({"ROLE"}).find("master"), std::string::npos);
}

}  // namespace

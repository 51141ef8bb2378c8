// Aim: a node uses no Redis that was never fit to keep its store, says why, and follows the
// sentinels to the master.
#include <filesystem>
#include <fstream>
#include <optional>

#include "backend/store/redis/password.h"
#include "backend/store/redis/scripts.h"
#include "tests/backend/store/redis/under_test.h"
#include "tests/support/temp_dir.h"

using namespace backend;
using namespace std::chrono_literals;

namespace {

using test::kAnna;
using test::kBert;

/// What a node is told that may not use this Redis.
std::string refusal(const std::string& url) {
    struct NoEvents final : StoreEvents {
        void on_queued(const SessionRef&, Epoch, std::vector<QueuedStanza>) override {}
        void on_taken(const SessionRef&, Epoch) override {}
        void on_must_end(const SessionRef&, std::string_view) override {}
    } events;
    core::EventLoop loop;
    std::optional<core::Result<void, std::string>> how;
    RedisStore store(loop, test::address_of(url), NodeName("a"), events,
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
    const test::TempDir folder;
    const std::string file = folder.file("redis-password");
    std::ofstream(file) << "right\n";
    const auto address =
        test::address_of("redis://" + server.address() + "?password_file=redis-password");
    const auto whole = with_password(address, folder.path());
    std::filesystem::remove(file);
    ASSERT_TRUE(whole) << whole.error();
    EXPECT_EQ(whole->password.reveal(), "right");
    EXPECT_EQ(refusal("redis://:" + std::string(whole->password.reveal()) + "@" + server.address()),
              "");
    const auto gone = with_password(address, folder.path());
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().find(file), 0U) << gone.error();
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
            return test::started(loop, url, std::move(node), events, {.wait = 30s});
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

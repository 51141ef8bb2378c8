#include "balancer/router.h"

#include <gtest/gtest.h>

namespace balancer {
namespace {

conf::Pool pool_of(const std::string& name, const std::vector<std::string>& backends,
                   std::uint32_t max_sessions = 0) {
    conf::Pool pool;
    pool.name = name;
    for (const std::string& each : backends) {
        conf::Backend backend;
        backend.name = each;
        backend.max_sessions = max_sessions;
        pool.backends.push_back(backend);
    }
    return pool;
}

class RouterTest : public testing::Test {
protected:
    std::shared_ptr<const RoutingTable> table(const conf::Config& config) {
        auto made = make_routing_table(config, ids_);
        if (!made) throw std::runtime_error(made.error());
        return *made;
    }
    static conf::Config two_pools() {
        conf::Config config;
        config.pools = {pool_of("main", {"a", "b"}, 2), pool_of("rest", {"c"})};
        config.domains = {{"example.org", "main"}, {"*.example.org", "rest"}};
        return config;
    }
    std::string first(Router& router, std::string_view domain) {
        const auto candidates = router.route({.domain = domain, .client = {}}, now_);
        return candidates ? (*candidates)[0].backend->name
                          : std::string(to_string(candidates.error()));
    }

    BackendIds ids_;
    LoadBoard board_{2};
    FailureMemory::TimePoint now_{};
};

TEST_F(RouterTest, ChoosesThePoolByDomain) {
    Router router(table(two_pools()), board_, 0, 1);
    EXPECT_EQ(first(router, "example.org"), "a");
    EXPECT_EQ(first(router, "im.example.org"), "c");
    EXPECT_EQ(first(router, "example.com"), "unknown_domain");
}

TEST_F(RouterTest, TellsFullPoolsFromEmptyOnes) {
    conf::Config config = two_pools();
    config.pools[1].backends[0].weight = 0;
    Router router(table(config), board_, 0, 1);
    EXPECT_EQ(first(router, "im.example.org"), "no_backend");
    std::vector<SessionSlot> slots;
    for (int i = 0; i < 4; ++i) {
        const auto candidates = router.route({.domain = "example.org", .client = {}}, now_);
        ASSERT_TRUE(candidates.has_value());
        slots.push_back(router.take((*candidates)[0]));
    }
    EXPECT_EQ(first(router, "example.org"), "all_full");
    slots.pop_back();
    EXPECT_NE(first(router, "example.org"), "all_full");
}

TEST_F(RouterTest, WorkersSeeEachOthersSessions) {
    const auto shared = table(two_pools());
    Router one(shared, board_, 0, 1);
    Router two(shared, board_, 1, 2);
    const auto candidates = one.route({.domain = "example.org", .client = {}}, now_);
    const SessionSlot slot = one.take((*candidates)[0]);
    EXPECT_NE(first(two, "example.org"), (*candidates)[0].backend->name);
}

TEST_F(RouterTest, RemembersFailuresUntilSuccess) {
    Router router(table(two_pools()), board_, 0, 1);
    const auto candidates = router.route({.domain = "example.org", .client = {}}, now_);
    const Member& failed = (*candidates)[0];
    router.note_failure(failed, now_);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(first(router, "example.org"), "b");
    router.note_success(failed);
    EXPECT_NE(first(router, "example.org"), first(router, "example.org"));
}

TEST_F(RouterTest, SlotsAndCandidatesOutliveAReplacedTable) {
    Router router(table(two_pools()), board_, 0, 1);
    const auto before = router.route({.domain = "example.org", .client = {}}, now_);
    SessionSlot slot = router.take((*before)[0]);
    conf::Config changed = two_pools();
    changed.pools[0].backends.erase(changed.pools[0].backends.begin());
    router.replace_table(table(changed));
    EXPECT_EQ(first(router, "example.org"), "b");
    EXPECT_EQ((*before)[0].backend->name, "a");
    EXPECT_EQ(board_.sessions((*before)[0].id), 1U);
    // Back again, the backend still has its session.
    router.replace_table(table(two_pools()));
    EXPECT_EQ(first(router, "example.org"), "b");
    slot.release();
    EXPECT_EQ(board_.sessions((*before)[0].id), 0U);
}

TEST_F(RouterTest, RefusesADomainWithoutPool) {
    conf::Config config = two_pools();
    config.domains.push_back({"example.net", "absent"});
    const auto made = make_routing_table(config, ids_);
    ASSERT_FALSE(made.has_value());
    EXPECT_NE(made.error().find("absent"), std::string::npos);
}

}  // namespace
}  // namespace balancer

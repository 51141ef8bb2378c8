#include "balancer/router.h"

#include <gtest/gtest.h>

#include <set>

#include "balancer/live_change.h"

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

TEST_F(RouterTest, AChangeOfStateActsOnTheNextPickAndKeepsTheTurns) {
    conf::Config config = two_pools();
    config.pools[0].balance = conf::Balance::round_robin;
    const auto start = table(config);
    Router router(start, board_, 0, 1);
    EXPECT_EQ(first(router, "example.org"), "a");
    router.replace_table(with_pool(*start, *with_weight(*start->pools[1], "c", 7)));
    EXPECT_EQ(first(router, "example.org"), "b");
    router.replace_table(
        with_pool(*start, *with_admin_state(*start->pools[0], "a", AdminState::drain)));
    for (int i = 0; i < 4; ++i) EXPECT_EQ(first(router, "example.org"), "b");
}

TEST_F(RouterTest, AReloadKeepsWhatTheOperatorSet) {
    const auto before = table(two_pools());
    const auto drained =
        with_pool(*before, *with_admin_state(*before->pools[0], "a", AdminState::drain));
    const auto after = make_routing_table(two_pools(), ids_, {}, drained.get());
    ASSERT_TRUE(after.has_value());
    Router router(*after, board_, 0, 1);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(first(router, "example.org"), "b");
}

TEST_F(RouterTest, SendsAUserHomeFromEveryAddress) {
    conf::Config config = two_pools();
    config.pools[0].balance = conf::Balance::hash_user;
    Router router(table(config), board_, 0, 1);
    std::set<std::string> homes;
    for (int i = 0; i < 20; ++i) {
        const auto client = *core::Endpoint::from_address("192.0.2." + std::to_string(i), 1);
        const auto found = router.route(
            {.domain = "example.org", .client = client, .user = "romeo@example.org"}, now_);
        homes.insert((*found)[0].backend->name);
    }
    EXPECT_EQ(homes.size(), 1U);
}

TEST_F(RouterTest, TheConnectRateHoldsSessionsBack) {
    conf::Config config = two_pools();
    for (conf::Backend& backend : config.pools[0].backends) backend.connect_rate = 4;
    Router router(table(config), board_, 0, 1);  // two workers: two a second for each backend
    const auto login = [&] {
        const auto found = router.route({.domain = "example.org", .client = {}}, now_);
        if (found) router.take((*found)[0]);
        return found ? std::string("ok") : std::string(to_string(found.error()));
    };
    for (int i = 0; i < 4; ++i) EXPECT_EQ(login(), "ok");
    EXPECT_EQ(login(), "all_full");
    now_ += std::chrono::milliseconds(500);
    EXPECT_EQ(login(), "ok");
}

TEST_F(RouterTest, CountsLogins) {
    Router router(table(two_pools()), board_, 1, 1);
    router.note_login(BackendId(0));
    EXPECT_EQ(board_.logins(BackendId(0)), 1U);
}

TEST_F(RouterTest, ATableHasTheMembersThatDnsNames) {
    conf::Config config = two_pools();
    config.pools[1].backends[0].srv = "_xmpp-client._tcp.example.org";
    const KnownServices known{{"_xmpp-client._tcp.example.org",
                               {dns::Service::offered, {{.port = 5222, .target = "d"}}}}};
    const auto made = make_routing_table(config, ids_, known);
    ASSERT_TRUE(made.has_value());
    Router router(*made, board_, 0, 1);
    EXPECT_EQ(first(router, "im.example.org"), "d:5222");
}

TEST_F(RouterTest, RefusesADomainWithoutPool) {
    conf::Config config = two_pools();
    config.domains.push_back({"example.net", "absent"});
    const auto made = make_routing_table(config, ids_);
    ASSERT_FALSE(made.has_value());
    EXPECT_NE(made.error().find("absent"), std::string::npos);
}

/// Pools with a login rate. Each backend has one login to give at once, and what a tenth of a
/// second brings.
class LoginRateTest : public RouterTest {
protected:
    static conf::Config one_pool(conf::Balance balance) {
        conf::Config config = two_pools();
        config.pools[0] = pool_of("main", {"a", "b", "c"});
        config.pools[0].balance = balance;
        config.pools[0].login_rate = 10;
        return config;
    }
    std::string order(Router& router, RoutingKey key = {}) {
        key.domain = "example.org";
        const auto candidates = router.route(key, now_);
        std::string all;
        for (std::size_t i = 0; candidates && i < candidates->size(); ++i)
            all += (*candidates)[i].backend->name;
        return all;
    }
    void use_up(const Member& member, int logins = 2) {
        LoginLines& lines = board_.login_lines();
        for (int i = 0; i < logins; ++i) {
            if (!lines.try_now(member.id, member.login_rate, LoginKind::full, now_))
                lines.join(0, member.id, LoginKind::full);
        }
    }
};

TEST_F(LoginRateTest, ALoginGoesWhereItWaitsLeast) {
    const auto routing = table(one_pool(conf::Balance::random_two));
    const std::vector<Member>& members = routing->pools[0]->members();
    Router router(routing, board_, 0, 1);
    use_up(members[0], 2);
    use_up(members[2], 2);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(order(router).front(), 'b') << "it has logins to give";
    use_up(members[1], 9);
    use_up(members[2], 3);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(order(router).front(), 'a') << "its line is shortest";
    now_ += std::chrono::seconds(10);
    EXPECT_EQ(order(router).size(), 3U);
}

TEST_F(LoginRateTest, APolicyByHashAndAnOwnerAreNotPassedOver) {
    const auto routing = table(one_pool(conf::Balance::hash_ip));
    const std::vector<Member>& members = routing->pools[0]->members();
    Router router(routing, board_, 0, 1);
    const char home = order(router).front();
    use_up(members[static_cast<std::size_t>(home - 'a')], 30);
    EXPECT_EQ(order(router).front(), home);
    const auto turns = table(one_pool(conf::Balance::round_robin));
    Router other(turns, board_, 0, 1);
    use_up(members[1], 30);
    for (int i = 0; i < 4; ++i)
        EXPECT_EQ(order(other, {.user = {}, .owner = owner_of("main", "b")}).front(), 'b');
}

TEST_F(LoginRateTest, NobodyIsSentToAnotherPriorityOrWhereNobodyIsReached) {
    conf::Config config = one_pool(conf::Balance::round_robin);
    config.pools[0].backends[2].priority = 1;
    const auto routing = table(config);
    const std::vector<Member>& members = routing->pools[0]->members();
    Router router(routing, board_, 0, 1);
    router.note_failure(members[1], now_);
    use_up(members[0], 30);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(order(router).front(), 'a');
}

TEST_F(LoginRateTest, TheOneThatHasGivenATurnIsFirstWhileItIsOpen) {
    const auto routing = table(one_pool(conf::Balance::round_robin));
    const std::vector<Member>& members = routing->pools[0]->members();
    Router router(routing, board_, 0, 1);
    for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(order(router, {.user = {}, .owner = {}, .granted = members[1].id}).front(), 'b');
        EXPECT_EQ(
            order(router, {.user = {}, .owner = owner_of("main", "c"), .granted = members[1].id})
                .substr(0, 2),
            "cb");
    }
    router.replace_table(
        with_pool(*routing, *with_admin_state(*routing->pools[0], "b", AdminState::drain)));
    EXPECT_EQ(order(router, {.user = {}, .owner = {}, .granted = members[1].id}).find('b'),
              std::string::npos);
}

TEST_F(LoginRateTest, OnlyWhoMayResumeThereAsksForLess) {
    conf::Config config = one_pool(conf::Balance::round_robin);
    auto pool = table(config)->pools[0];
    const RoutingKey key{.user = {}, .owner = owner_of("main", "a")};
    EXPECT_EQ(Router::kind_at(*pool, pool->members()[0], key), LoginKind::resumption);
    EXPECT_EQ(Router::kind_at(*pool, pool->members()[1], key), LoginKind::full);
    RoutingKey other_device = key;
    other_device.may_resume = false;
    EXPECT_EQ(Router::kind_at(*pool, pool->members()[0], other_device), LoginKind::full);
    EXPECT_EQ(Router::kind_at(*pool, pool->members()[0], {.user = {}}), LoginKind::full);
    config.pools[0].resume_anywhere = true;
    pool = table(config)->pools[0];
    EXPECT_EQ(Router::kind_at(*pool, pool->members()[1], key), LoginKind::resumption);
    EXPECT_EQ(Router::kind_at(*pool, pool->members()[1], {.user = {}}), LoginKind::full);
}

TEST_F(LoginRateTest, FailoverTakesALoginOrNone) {
    const auto routing = table(one_pool(conf::Balance::round_robin));
    const Member& member = routing->pools[0]->members()[1];
    Router router(routing, board_, 0, 1);
    EXPECT_TRUE(router.may_go_on_to(member, now_));
    EXPECT_TRUE(router.may_go_on_to(member, now_));
    EXPECT_FALSE(router.may_go_on_to(member, now_));
    now_ += std::chrono::milliseconds(100);
    EXPECT_TRUE(router.may_go_on_to(member, now_));
}

TEST_F(LoginRateTest, ASlowStartHasItsShare) {
    const auto pool = table(one_pool(conf::Balance::round_robin))->pools[0];
    const HealthReport slow{pool->members()[1].id, Health::up, 40};
    const auto after = with_health(*pool, {&slow, 1});
    EXPECT_EQ(after->members()[0].login_rate, 10);
    EXPECT_EQ(after->members()[1].login_rate, 4);
    EXPECT_EQ((*with_weight(*pool, "a", 50))->members()[0].login_rate, 10) << "weights are shares";
    EXPECT_EQ(table(two_pools())->pools[0]->members()[0].login_rate, 0);
}

/// Of a session that the client may want to resume.
class OwnerTest : public RouterTest {
protected:
    std::string routed(Router& router, Owner owner) {
        const auto candidates =
            router.route({.domain = "example.org", .client = {}, .user = {}, .owner = owner}, now_);
        std::string all;
        for (std::size_t i = 0; candidates && i < candidates->size(); ++i)
            all += (*candidates)[i].backend->name;
        return all;
    }
    void change(Router& router, std::shared_ptr<const RoutingTable>& table, MemberState state) {
        std::vector<MemberState> states = table->pools[0]->states();
        states[1] = state;
        table = with_pool(*table, table->pools[0]->with_states(states));
        router.replace_table(table);
    }
    const Owner b_ = owner_of("main", "b");
};

TEST_F(OwnerTest, ComesFirstAndTheOthersStandIn) {
    Router router(table(two_pools()), board_, 0, 1);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(routed(router, b_), "ba");
    EXPECT_EQ(routed(router, owner_of("main", "gone")).size(), 2U);
    EXPECT_EQ(routed(router, owner_of("rest", "c")).size(), 2U) << "of another pool";
}

TEST_F(OwnerTest, IsNotRefusedByWhatRefusesNewSessions) {
    auto routing = table(two_pools());
    Router router(routing, board_, 0, 1);
    change(router, routing, {.admin = AdminState::drain, .weight = 100});
    EXPECT_EQ(routed(router, b_), "ba");
    change(router, routing, {.weight = 0});
    EXPECT_EQ(routed(router, b_), "ba");
    change(router, routing, {.weight = 100, .ramp = 1});
    EXPECT_EQ(routed(router, b_), "ba");
    std::vector<SessionSlot> slots;
    for (int i = 0; i < 2; ++i) slots.push_back(router.take(routing->pools[0]->members()[1]));
    EXPECT_EQ(routed(router, b_), "ba") << "at max_sessions";
}

TEST_F(OwnerTest, IsAskedAlsoWhenItHasJustFailed) {
    auto routing = table(two_pools());
    Router router(routing, board_, 0, 1);
    router.note_failure(routing->pools[0]->members()[1], now_);
    EXPECT_EQ(routed(router, b_), "ba");
}

TEST_F(OwnerTest, IsLeftAloneInMaintenanceAndWhenItIsDown) {
    auto routing = table(two_pools());
    Router router(routing, board_, 0, 1);
    change(router, routing, {.admin = AdminState::maintenance, .weight = 100});
    EXPECT_EQ(routed(router, b_), "a");
    change(router, routing, {.health = Health::down, .weight = 100});
    EXPECT_EQ(routed(router, b_).front(), 'a');
}

}  // namespace
}  // namespace balancer

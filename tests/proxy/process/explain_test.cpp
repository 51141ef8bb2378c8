// Aim: `explain` says of a user's login what the router would do with it, and changes nothing.

#include "proxy/process/explain.h"

#include "tests/proxy/pools/pool_control_scene.h"

namespace proxy {
namespace {

using namespace std::chrono_literals;
using balancer::AdminState;

constexpr std::string_view kJuliet = "juliet@example.org";

class ExplainTest : public PoolControlTest {
protected:
    void serve() {
        config_.domains.push_back({"*", "main"});
        adopt();
        ASSERT_TRUE(until([this] { return are_up(); }));
    }
    Explanation explained(std::string_view user = kJuliet,
                          const std::optional<core::Endpoint>& from = {}) {
        return explain(user, from, control_.routing(), loads_, remembered_, core::Clock::now());
    }
    void has_session_at(std::string_view backend) {
        remembered_.note_session(kJuliet, balancer::owner_of("main", backend), core::Clock::now());
    }

    RememberedUsers remembered_{100};
};

TEST_F(ExplainTest, WhoeverIsNotRememberedGoesByThePolicy) {
    serve();
    const Explanation found = explained("juliet@other.example");
    EXPECT_EQ(found.rule, "*");
    EXPECT_EQ(found.pool, "main");
    EXPECT_FALSE(found.remembered);
    EXPECT_FALSE(found.goes_to_session);
    EXPECT_EQ(found.backends, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(explained().rule, "example.org");
}

TEST_F(ExplainTest, ADomainOfNobodyIsNoOnes) {
    adopt();
    EXPECT_EQ(explained("juliet@other.example").rule, "");
}

TEST_F(ExplainTest, ASessionLeadsBackToItsBackendAlsoInDrain) {
    serve();
    has_session_at("b");
    ASSERT_TRUE(control_.set_admin_state("main", "b", AdminState::drain));
    Explanation found = explained();
    EXPECT_TRUE(found.goes_to_session);
    EXPECT_EQ(found.backends, std::vector<std::string>{"b"});
    EXPECT_TRUE(found.remembered->is_live);
    remembered_.note_end(kJuliet, balancer::owner_of("main", "b"), 300s, core::Clock::now());
    found = explained();
    EXPECT_FALSE(found.remembered->is_live);
    EXPECT_GE(found.remembered->left, 298s);
    ASSERT_TRUE(control_.set_admin_state("main", "b", AdminState::maintenance));
    found = explained();
    EXPECT_EQ(found.remembered->backend, "b");
    EXPECT_FALSE(found.goes_to_session);
    EXPECT_EQ(found.backends, std::vector<std::string>{"a"});
}

TEST_F(ExplainTest, ABackendThatIsGoneHasNoName) {
    serve();
    has_session_at("z");
    const Explanation found = explained();
    EXPECT_EQ(found.remembered->backend, "");
    EXPECT_FALSE(found.goes_to_session);
}

TEST_F(ExplainTest, WithoutABackendTheLoginIsRefused) {
    serve();
    for (const char* each : {"a", "b"})
        ASSERT_TRUE(control_.set_admin_state("main", each, AdminState::drain));
    EXPECT_EQ(explained().refusal, balancer::RouteFailure::no_backend);
}

TEST_F(ExplainTest, AHashNamesTheBackendThatTheRouterChooses) {
    main().balance = conf::Balance::hash_user;
    serve();
    balancer::Router router(control_.routing().table, loads_, 0, 1);
    for (int i = 0; i < 20; ++i) {
        const std::string user = "user" + std::to_string(i) + "@example.org";
        const auto candidates = router.route(
            {.domain = "example.org", .client = {}, .user = user, .owner = {}}, core::Clock::now());
        EXPECT_EQ(explained(user).backends, std::vector{(*candidates)[0].backend->name});
    }
}

TEST_F(ExplainTest, AnAddressIsNeededWhereItCounts) {
    main().balance = conf::Balance::hash_ip;
    serve();
    EXPECT_EQ(explained().backends.size(), 2U);
    EXPECT_EQ(explained(kJuliet, core::Endpoint::from_address("192.0.2.1", 0)).backends.size(), 1U);
}

TEST_F(ExplainTest, TakesNoTurn) {
    main().balance = conf::Balance::round_robin;
    serve();
    balancer::Router router(control_.routing().table, loads_, 0, 1);
    const auto next = [&] {
        return (*router.route({.domain = "example.org", .client = {}, .user = {}, .owner = {}},
                              core::Clock::now()))[0]
            .backend->name;
    };
    const std::string first = next();
    for (int i = 0; i < 3; ++i) explained();
    EXPECT_NE(next(), first);
    for (int i = 0; i < 3; ++i) explained();
    EXPECT_EQ(next(), first);
}

TEST_F(ExplainTest, WhereLoginsAreRoutedByDomainNobodyIsRemembered) {
    main().route = conf::RouteBy::domain;
    serve();
    has_session_at("b");
    EXPECT_FALSE(explained().remembered);
    EXPECT_EQ(explained().backends.size(), 2U);
}

}  // namespace
}  // namespace proxy

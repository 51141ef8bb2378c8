#include "proxy/pools/pool_control.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/proxy/pools/pool_control_scene.h"
#include "tests/support/log_in_file.h"

namespace proxy {
namespace {

using namespace std::chrono_literals;
using balancer::AdminState;
using balancer::Health;
using balancer::HealthReason;
using State = balancer::HealthMachine::State;

TEST_F(PoolControlTest, ChecksFindWhoIsUpAndWhatClientsMayBeOffered) {
    backends_["b"].failure = HealthReason::connect_failed;
    adopt();
    EXPECT_EQ(publications_, 1);
    EXPECT_EQ(health(0), Health::unknown);
    ASSERT_TRUE(until([&] { return health(0) == Health::up && health(1) == Health::down; }));
    ASSERT_TRUE(until([&] { return features() == "<features/>"; }));
    EXPECT_EQ(published_.table, control_.routing().table);
    EXPECT_EQ(status(0).last_check, 7ms);
    EXPECT_EQ(status(0).health, State::up);
    EXPECT_EQ(status(1).health, State::down);
    EXPECT_EQ(status(1).cause, "connect_failed: fake trouble");
    EXPECT_EQ(status(1).failure, status(1).cause);
    backends_["b"].failure.reset();
    ASSERT_TRUE(until([&] { return are_up(); }));
}

TEST_F(PoolControlTest, PublishesOnlyNews) {
    adopt();
    ASSERT_TRUE(until([&] { return are_up() && !features().empty(); }));
    const int before = publications_;
    const std::size_t checks = backends_.requests.size();
    ASSERT_TRUE(until([&] { return backends_.requests.size() > checks + 10; }));
    EXPECT_EQ(publications_, before);
}

TEST_F(PoolControlTest, AsksAsASessionWould) {
    main().backends[0].proxy = conf::ProxyProtocol::v2;
    main().health.timeout = 123ms;
    config_.limits.stanza = 54'321;
    adopt();
    ASSERT_TRUE(until([&] { return !backends_.requests.empty(); }));
    ASSERT_TRUE(until([&] { return are_up(); }));
    for (const ProbeRequest& request : backends_.requests) {
        EXPECT_EQ(request.domain, "example.org");
        EXPECT_TRUE(request.wants_features);
        EXPECT_EQ(request.timeout, 123ms);
        EXPECT_EQ(request.max_bytes, 54'321U);
        EXPECT_EQ(request.backend, main().backends[request.backend.host == "a" ? 0 : 1]);
    }
}

TEST_F(PoolControlTest, AllDomainsAreSoonKnown) {
    main().health.every = 60s;
    config_.domains.clear();
    for (int i = 0; i < 20; ++i)
        config_.domains.push_back({"d" + std::to_string(i) + ".example", "main"});
    adopt();
    ASSERT_TRUE(
        until([&] { return !features("d0.example").empty() && !features("d19.example").empty(); }));
    EXPECT_LE(backends_.requests.size(), 24U);
}

TEST_F(PoolControlTest, AMemberWhoseSaslOfferDiffersIsTakenOut) {
    main().backends.push_back(backend_of("c"));
    backends_["a"].sasl = "OTHER";
    backends_["a"].features = "<other/>";
    adopt();
    ASSERT_TRUE(until([&] { return health(0) == Health::down; }));
    ASSERT_TRUE(until([&] { return health(1) == Health::up && health(2) == Health::up; }));
    EXPECT_EQ(status(0).cause,
              "sasl_differs: offers OTHER, which others do not; lacks PLAIN (for example.org)");
    ASSERT_TRUE(until([&] { return features() == "<features/>"; }));
    backends_["a"].sasl = backends_["b"].sasl;
    ASSERT_TRUE(until([&] { return are_up(); }));
}

TEST_F(PoolControlTest, WhenOthersAreDownTheirOfferDoesNotCount) {
    main().backends.push_back(backend_of("c"));
    backends_["a"].sasl = "SCRAM-SHA-1";
    adopt();
    ASSERT_TRUE(until([&] { return health(0) == Health::down; }));
    backends_["b"].failure = backends_["c"].failure = HealthReason::timed_out;
    ASSERT_TRUE(until([&] { return health(0) == Health::up; }));
    EXPECT_EQ(health(1), Health::down);
}

TEST_F(PoolControlTest, WithRouteByDomainAnOfferMayDiffer) {
    main().route = conf::RouteBy::domain;
    backends_["b"].sasl = "SCRAM-SHA-1";
    adopt();
    ASSERT_TRUE(until([&] { return are_up(); }));
    const std::size_t checks = backends_.requests.size();
    ASSERT_TRUE(until([&] { return backends_.requests.size() > checks + 12; }));
    EXPECT_TRUE(are_up());
}

TEST_F(PoolControlTest, SessionsCanEjectABackend) {
    main().health.every = 1h;
    main().health.checks = false;
    main().health.passive_failures = 3;
    adopt();
    const balancer::BackendId a = pool().members()[0].id;
    control_.on_passive({{a, 2, HealthReason::ended_early, false}});
    EXPECT_EQ(health(0), Health::unknown);
    control_.on_passive({{a, 0, {}, true}});
    control_.on_passive({{a, 2, HealthReason::ended_early, false}});
    EXPECT_EQ(health(0), Health::unknown);
    control_.on_passive({{a, 2, HealthReason::ended_early, false, true}});
    EXPECT_EQ(health(0), Health::unknown);
    control_.on_passive(
        {{a, 1, HealthReason::ended_early, false}, {balancer::BackendId(77), 9, {}, false}});
    EXPECT_EQ(health(0), Health::down);
    EXPECT_EQ(status(0).health, State::ejected);
    ASSERT_TRUE(until([&] { return health(0) == Health::up; }));
    EXPECT_EQ(status(0).cause, "ejection_over");
}

TEST_F(PoolControlTest, ASlowStartReachesTheFullWeight) {
    main().health.slow_start = 50ms;
    adopt();
    ASSERT_TRUE(until([&] { return are_up(); }));
    backends_["a"].failure = HealthReason::timed_out;
    ASSERT_TRUE(until([&] { return health(0) == Health::down; }));
    backends_["a"].failure.reset();
    ASSERT_TRUE(until([&] { return health(0) == Health::up; }));
    EXPECT_LT(pool().members()[0].weight, 100U);
    ASSERT_TRUE(until([&] { return pool().members()[0].weight == 100; }));
}

TEST_F(PoolControlTest, TheOperatorChangesWeightsAndStates) {
    adopt();
    const auto before = control_.set_weight("main", "a", 7);
    ASSERT_TRUE(before.has_value());
    EXPECT_EQ(before->weight, 100U);
    EXPECT_EQ(publications_, 2);
    EXPECT_EQ(status(0).weight, 7U);
    EXPECT_EQ(status(0).file_weight, 100U);
    ASSERT_TRUE(control_.set_weight("main", "a", 7).has_value());
    EXPECT_EQ(publications_, 2);
    ASSERT_TRUE(control_.set_admin_state("main", "b", AdminState::drain).has_value());
    EXPECT_EQ(status(1).admin, AdminState::drain);
    EXPECT_EQ(status(1).cause, "drain by the operator");
    EXPECT_EQ(published_.table, control_.routing().table);
}

TEST_F(PoolControlTest, WarnsWhenTheLastHealthyBackendIsTaken) {
    main().panic = 0;
    adopt();
    ASSERT_TRUE(until([&] { return are_up(); }));
    EXPECT_EQ(control_.set_weight("main", "a", 0)->warning, "");
    const std::string left = "pool main has no healthy backend left: new logins fail";
    EXPECT_EQ(control_.set_admin_state("main", "b", AdminState::drain)->warning, left);
    EXPECT_EQ(control_.set_admin_state("main", "b", AdminState::maintenance)->warning, "");
    EXPECT_EQ(control_.set_admin_state("main", "b", AdminState::ready)->warning, "");
    EXPECT_EQ(control_.set_weight("main", "b", 0)->warning, left);
}

TEST_F(PoolControlTest, ABackendThatIsDownDoesNotStandInForTheLastHealthyOne) {
    backends_["b"].failure = HealthReason::timed_out;
    adopt();
    ASSERT_TRUE(until([&] { return health(0) == Health::up && health(1) == Health::down; }));
    test::LogInFile log;
    EXPECT_EQ(control_.set_admin_state("main", "a", AdminState::maintenance)->warning,
              "pool main has no healthy backend left: new logins try those that fail their checks");
    std::vector<std::string> warnings;
    for (const std::string& line : log.end())
        if (line.find("last_backend_taken") != line.npos) warnings.push_back(line);
    EXPECT_EQ(warnings,
              std::vector<std::string>{
                  "warn  last_backend_taken pool=main backend=a effect=\"pool main has no "
                  "healthy backend left: new logins try those that fail their checks\" "
                  "remedy=\"give it a weight and `stanzagate ready`, or repair another "
                  "one\""});
}

TEST_F(PoolControlTest, DrainingEndsWithTheLastSession) {
    adopt();
    const auto id = pool().members()[0].id;
    auto first = loads_.take(0, id);
    auto second = loads_.take(1, id);
    test::LogInFile log;
    ASSERT_TRUE(control_.set_admin_state("main", "a", AdminState::drain).has_value());
    first.release();
    const auto logged = [&](std::string_view words) {
        std::ifstream file(log.file());
        return std::string(std::istreambuf_iterator<char>(file), {}).find(words) !=
               std::string::npos;
    };
    ASSERT_TRUE(until([&] { return logged("draining, 2 left"); }));
    EXPECT_FALSE(logged("backend_drained"));
    second.release();
    ASSERT_TRUE(until([&] { return logged("backend_drained pool=main backend=a admin=drain"); }));
}

TEST_F(PoolControlTest, UnknownNamesAreErrorsWithTheNearOnes) {
    main().backends[0].name = "alpha";
    adopt();
    EXPECT_EQ(control_.set_weight("mian", "alpha", 1).error(),
              "there is no pool \"mian\" (did you mean \"main\"?)");
    EXPECT_NE(control_.set_weight("main", "alhpa", 1).error().find("\"alpha\""), std::string::npos);
    EXPECT_FALSE(control_.set_weight("main", "alpha", 1'000'000).has_value());
    EXPECT_EQ(publications_, 1);
}

TEST_F(PoolControlTest, AReloadKeepsWhatIsKnown) {
    backends_["b"].failure = HealthReason::timed_out;
    adopt();
    ASSERT_TRUE(until([&] { return health(0) == Health::up && health(1) == Health::down; }));
    ASSERT_TRUE(until([&] { return !features().empty(); }));
    loads_.count_login(0, pool().members()[0].id);
    ASSERT_TRUE(control_.set_weight("main", "a", 5).has_value());
    main().backends.insert(main().backends.begin(), backend_of("new"));
    auto plan = control_.plan(std::make_shared<const conf::Config>(config_));
    ASSERT_TRUE(plan.has_value());
    EXPECT_EQ(names(), "a b");  // a plan changes nothing
    ASSERT_TRUE(control_.set_admin_state("main", "a", AdminState::drain).has_value());
    control_.adopt(std::move(plan).value());
    EXPECT_EQ(names(), "new a b");
    EXPECT_EQ(features(), "<features/>");
    EXPECT_EQ(health(0), Health::unknown);
    EXPECT_EQ(health(1), Health::up);
    EXPECT_EQ(health(2), Health::down);
    EXPECT_EQ(status(1).weight, 5U);
    EXPECT_EQ(status(1).admin, AdminState::drain);
    EXPECT_EQ(status(1).logins, 1U);
    ASSERT_TRUE(until([&] { return health(0) == Health::up; }));
}

TEST_F(PoolControlTest, WhatTheOperatorHadSetCountsAgainAfterARestart) {
    test::LogInFile log;
    main().backends[0].weight = 30;
    main().backends[1].weight = 40;
    control_.restore({{"main", "a", AdminState::ready, 77, 30},
                      {"main", "b", AdminState::drain, 50, 20},
                      {"main", "gone", AdminState::drain, 1, 1},
                      {"other", "a", AdminState::drain, 1, 1}});
    adopt();
    // The file's weight of b is another one than the operator knew.
    const std::vector<LiveMember> live{{"main", "a", AdminState::ready, 77, 30},
                                       {"main", "b", AdminState::drain, 40, 40}};
    EXPECT_EQ(control_.live(), live);
    EXPECT_EQ(pool().members()[0].weight, 77U);
    EXPECT_EQ(pool().members()[1].weight, 0U);
    EXPECT_EQ(status(1).cause, "drain by the operator, before a restart");
    adopt();
    EXPECT_EQ(control_.live(), live);
    const std::vector<std::string> lines = log.end();
    ASSERT_GE(lines.size(), 4U);
    EXPECT_EQ(lines[0],
              "info  live_state_restored pool=main backend=a admin=ready weight=77 file_weight=30");
    EXPECT_NE(lines[1].find("backend=b admin=drain weight=40 file_weight=40 why=\"the operator "
                            "set weight 50 over weight 20 of the file, which has changed since"),
              std::string::npos)
        << lines[1];
    EXPECT_EQ(lines[2],
              "info  live_state_dropped pool=main backend=gone why=\"there is no such backend any "
              "more\"");
    EXPECT_NE(lines[3].find("pool=other backend=a"), std::string::npos) << lines[3];
}

TEST_F(PoolControlTest, WhatIsGoneIsNotCheckedAnyMore) {
    adopt();
    ASSERT_TRUE(until([&] { return are_up(); }));
    config_.domains.push_back({"example.net", "other"});
    config_.pools[0].name = "other";
    config_.pools[0].backends = {backend_of("z")};
    config_.domains[0].pool = "other";
    adopt();
    EXPECT_EQ(names(), "z");
    backends_.requests.clear();
    ASSERT_TRUE(until([&] { return backends_.requests.size() > 5; }));
    for (const ProbeRequest& request : backends_.requests) EXPECT_EQ(request.backend.host, "z");
}

TEST_F(PoolControlTest, ChecksThatAreSwitchedOffLeaveNoBackendDown) {
    backends_["a"].failure = HealthReason::timed_out;
    adopt();
    ASSERT_TRUE(until([&] { return health(0) == Health::down; }));
    main().health.checks = false;
    adopt();
    EXPECT_EQ(health(0), Health::unknown);
}

TEST_F(PoolControlTest, APlanThatCannotBeChangesNothing) {
    adopt();
    main().backends[0].tls = conf::BackendTls::direct;
    main().backends[0].ca_file = "/nonexistent/ca.pem";
    const auto plan = control_.plan(std::make_shared<const conf::Config>(config_));
    ASSERT_FALSE(plan.has_value());
    EXPECT_NE(plan.error().find("/nonexistent/ca.pem"), std::string::npos);
    EXPECT_EQ(publications_, 1);
}

TEST_F(PoolControlTest, IsReadyAtOnceWithoutServices) {
    adopt();
    bool is_ready = false;
    control_.when_discovered(1h, [&] { is_ready = true; });
    EXPECT_FALSE(is_ready);
    EXPECT_TRUE(until([&] { return is_ready; }));
}

}  // namespace
}  // namespace proxy

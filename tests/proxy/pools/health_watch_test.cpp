#include "proxy/pools/health_watch.h"

#include <gtest/gtest.h>

#include "tests/proxy/pools/fake_backends.h"
#include "tests/support/log_in_file.h"
#include "tests/support/run_loop.h"

namespace proxy {
namespace {

using namespace std::chrono_literals;
using balancer::AdminState;
using balancer::BackendId;
using balancer::HealthReason;
using State = balancer::HealthMachine::State;

class HealthWatchTest : public testing::Test {
protected:
    void watch() {
        auto table = balancer::make_routing_table(config_, ids_, {}, table_.get());
        if (!table) throw std::runtime_error(table.error());
        table_ = std::move(table).value();
        watch_.watch(config_, *table_);
    }
    conf::Pool& main() { return config_.pools[0]; }
    const balancer::BackendPool& pool() const { return *table_->pools.at(0); }
    BackendId id(std::size_t place) const { return pool().members().at(place).id; }
    State state(std::size_t place) const { return watch_.health_of(id(place)).state; }
    bool until(const std::function<bool()>& holds) { return test::run_until(loop_, holds); }
    bool until_all(State wanted) {
        return until([&] {
            for (std::size_t i = 0; i < pool().members().size(); ++i)
                if (state(i) != wanted) return false;
            return true;
        });
    }
    std::vector<std::string> told_of(const std::string& backend) const {
        std::vector<std::string> all;
        for (const auto& [who, what] : told_)
            if (who == backend) all.push_back(what);
        return all;
    }

    core::EventLoop loop_;
    FakeBackends backends_;
    balancer::BackendIds ids_;
    conf::Config config_ = quick_config({"a", "b", "c"});
    std::shared_ptr<const balancer::RoutingTable> table_;
    std::vector<std::pair<std::string, std::string>> told_;  // backend, "STATE REASON: DETAIL"
    std::vector<std::set<std::string>> news_;
    HealthWatch watch_{
        loop_,
        [this](ProbeRequest request, auto on_done) {
            return backends_.start_check(loop_, std::move(request), std::move(on_done));
        },
        {.on_transition =
             [this](const HealthChange& change) {
                 told_.emplace_back(change.backend, std::string(to_string(change.what.to)) + " " +
                                                        std::string(to_string(change.what.reason)) +
                                                        ": " + std::string(change.detail));
             },
         .on_news = [this](const auto& pools) { news_.push_back(pools); }},
        1};
};

TEST_F(HealthWatchTest, TellsEachTransitionOnceAndWhy) {
    backends_["b"].failure = HealthReason::connect_failed;
    watch();
    ASSERT_TRUE(until([&] { return backends_.requests.size() > 20; }));
    EXPECT_EQ(told_of("a"), std::vector<std::string>{"up check_passed: "});
    EXPECT_EQ(told_of("b"), std::vector<std::string>{"down connect_failed: fake trouble"});
    EXPECT_EQ(watch_.health_of(id(0)).last_check, 7ms);
    EXPECT_EQ(watch_.health_of(id(0)).failure, "");
    EXPECT_EQ(watch_.health_of(id(1)).cause, "connect_failed: fake trouble");
    EXPECT_EQ(watch_.health_of(id(1)).failure, "connect_failed: fake trouble");
    for (const auto& pools : news_) EXPECT_EQ(pools, std::set<std::string>{"main"});
}

TEST_F(HealthWatchTest, AsksOneBackendOneThingAtATime) {
    backends_["a"].is_silent = true;
    watch();
    ASSERT_TRUE(until([&] { return backends_.requests.size() > 20; }));
    const auto of_a = std::count_if(backends_.requests.begin(), backends_.requests.end(),
                                    [](const auto& each) { return each.backend.host == "a"; });
    EXPECT_EQ(of_a, 1);
    EXPECT_EQ(state(0), State::unknown);
}

TEST_F(HealthWatchTest, ChecksThatWereGivenUpBeginAnew) {
    backends_["a"].is_silent = true;
    watch();
    ASSERT_TRUE(until([&] { return state(1) == State::up && !backends_.requests.empty(); }));
    watch_.give_up_checks();
    backends_["a"].is_silent = false;
    watch();
    EXPECT_TRUE(until_all(State::up));
}

TEST_F(HealthWatchTest, WhatIsKnownOfThoseThatStayStays) {
    backends_["b"].failure = HealthReason::timed_out;
    watch();
    ASSERT_TRUE(until([&] { return state(0) == State::up && state(1) == State::down; }));
    const BackendId gone = id(2);
    main().backends = {backend_of("b"), backend_of("new"), backend_of("a")};
    watch();
    EXPECT_EQ(state(0), State::down);
    EXPECT_EQ(state(1), State::unknown);
    EXPECT_EQ(state(2), State::up);
    EXPECT_EQ(watch_.health_of(gone).state, State::unknown);
    EXPECT_EQ(watch_.health_of(gone).since, core::TimePoint{});
    EXPECT_EQ(watch_.reports(pool()).size(), 3U);
}

TEST_F(HealthWatchTest, TheOperatorsWordHidesNoFailure) {
    backends_["b"].failure = HealthReason::connect_failed;
    watch();
    ASSERT_TRUE(until([&] { return state(1) == State::down; }));
    const core::TimePoint before = watch_.health_of(id(1)).since;
    watch_.note_cause(id(1), "drain by the operator");
    EXPECT_EQ(watch_.health_of(id(1)).cause, "drain by the operator");
    EXPECT_EQ(watch_.health_of(id(1)).failure, "connect_failed: fake trouble");
    EXPECT_GE(watch_.health_of(id(1)).since, before);
    backends_["b"].failure.reset();
    ASSERT_TRUE(until([&] { return state(1) == State::up; }));
    EXPECT_EQ(watch_.health_of(id(1)).failure, "");
    watch_.note_cause(BackendId(77), "nobody");
}

TEST_F(HealthWatchTest, ARowOfFailedSessionsEjects) {
    main().health.passive_failures = 3;
    main().health.checks = false;
    watch();
    watch_.on_passive({{id(0), 2, HealthReason::ended_early, false}});
    EXPECT_EQ(state(0), State::unknown);
    watch_.on_passive({{id(0), 1, HealthReason::ended_early, false}});
    EXPECT_EQ(state(0), State::ejected);
    EXPECT_EQ(watch_.health_of(id(0)).failure, "ended_early: sessions failed there in a row");
    ASSERT_TRUE(until([&] { return state(0) == State::up; }));
    EXPECT_EQ(watch_.health_of(id(0)).cause, "ejection_over");
    watch_.on_passive({{BackendId(77), 9, HealthReason::ended_early, false}});
}

TEST_F(HealthWatchTest, WhoOffersOtherMechanismsIsOutWhereTheProxyAnswersForIt) {
    main().route = conf::RouteBy::user;
    backends_["c"].sasl = "SCRAM-SHA-1";
    watch();
    ASSERT_TRUE(until([&] { return state(0) == State::up && state(2) == State::down; }));
    EXPECT_EQ(watch_.health_of(id(2)).cause,
              "sasl_differs: offers SCRAM-SHA-1, which others do not; lacks PLAIN (for "
              "example.org)");
    const auto profiles = watch_.profiles();
    ASSERT_EQ(profiles.count("example.org"), 1U);
    EXPECT_EQ(watch_.profiles_version(), 1U);
}

TEST_F(HealthWatchTest, ElsewhereThatIsWorthAWarningOnly) {
    main().route = conf::RouteBy::domain;
    backends_["c"].sasl = "SCRAM-SHA-1";
    watch();
    EXPECT_TRUE(until_all(State::up));
}

TEST_F(HealthWatchTest, BindingsThatCannotHoldAreToldOnceWhateverTheHealth) {
    test::LogInFile log;
    backends_["a"].warning = {.detail = "offers X-PLUS", .effect = "some fail", .remedy = "do it"};
    for (int i = 0; i < 3; ++i) config_.domains.push_back({std::to_string(i) + ".org", "main"});
    main().health.rise = main().health.fall = 1;
    watch();
    ASSERT_TRUE(until_all(State::up));
    EXPECT_EQ(watch_.health_of(id(0)).warning, "offers X-PLUS");
    EXPECT_EQ(watch_.health_of(id(1)).warning, "");
    for (int flaps = 0; flaps < 3; ++flaps) {
        backends_["a"].failure = HealthReason::connect_failed;
        ASSERT_TRUE(until([&] { return state(0) == State::down; }));
        backends_["a"].failure.reset();
        ASSERT_TRUE(until([&] { return state(0) == State::up; }));
        watch();  // as a reload does
    }
    backends_["a"].warning->detail = "offers Y-PLUS";
    ASSERT_TRUE(until([&] { return watch_.health_of(id(0)).warning == "offers Y-PLUS"; }));
    std::vector<std::string> warned;
    for (const std::string& line : log.end())
        if (line.find("bindings_cannot_hold") != std::string::npos) warned.push_back(line);
    EXPECT_EQ(warned, (std::vector<std::string>{
                          "warn  bindings_cannot_hold pool=main backend=a detail=\"offers X-PLUS\" "
                          "effect=\"some fail\" remedy=\"do it\"",
                          "warn  bindings_cannot_hold pool=main backend=a detail=\"offers Y-PLUS\" "
                          "effect=\"some fail\" remedy=\"do it\""}));
}

TEST_F(HealthWatchTest, WhatAPoolShowsHoldsAtAllOfItsBackends) {
    for (conf::Backend& backend : main().backends)
        backend.channel_binding = conf::ChannelBinding::told;
    main().backends[1].channel_binding = conf::ChannelBinding::same_certificate;
    watch();
    ASSERT_TRUE(until_all(State::up));
    EXPECT_EQ(backends_.requests.back().bindings, xmpp::HeldBindings::end_point);
    main().backends[2].channel_binding = conf::ChannelBinding::none;
    watch();
    backends_.requests.clear();
    ASSERT_TRUE(until([&] { return backends_.requests.size() > 3; }));
    EXPECT_EQ(backends_.requests.back().bindings, xmpp::HeldBindings::none);
}

TEST_F(HealthWatchTest, AllDomainsAreAskedForSoonAfterTheStart) {
    main().health.every = 1h;  // the first check comes within a second, the next one never
    main().backends = {backend_of("a")};
    for (int i = 0; i < 5; ++i)
        config_.domains.push_back({"d" + std::to_string(i) + ".org", "main"});
    watch();
    EXPECT_TRUE(until([&] { return watch_.profiles().size() == 6; }));
}

TEST_F(HealthWatchTest, BothFormsOfHeadersAreAskedForAtOnceAndThenInTurn) {
    main().backends = {backend_of("a")};
    watch();
    ASSERT_TRUE(until([&] { return !watch_.profiles().empty(); }));
    ASSERT_EQ(backends_.requests.size(), 1U) << "nothing waits for a second turn";
    EXPECT_TRUE(backends_.requests[0].asks_both);
    const auto profile = watch_.profiles().at("example.org").profile;
    EXPECT_EQ(profile->features_for(HeaderForm::anonymous), "<features/>");
    EXPECT_EQ(profile->features_for(HeaderForm::user), "<features for='user'/>");
    ASSERT_TRUE(until([&] { return backends_.requests.size() == 5; }));
    for (std::size_t i = 1; i < 5; ++i) {
        EXPECT_FALSE(backends_.requests[i].asks_both);
        EXPECT_EQ(backends_.requests[i].form,
                  i % 2 == 1 ? HeaderForm::user : HeaderForm::anonymous);
    }
    EXPECT_EQ(watch_.profiles_version(), 1U);
}

TEST_F(HealthWatchTest, WhoOffersUsersOtherMechanismsIsOutToo) {
    main().route = conf::RouteBy::user;
    backends_["c"].user_sasl = "PLAIN";
    watch();
    ASSERT_TRUE(until([&] { return state(0) == State::up && state(2) == State::down; }));
    EXPECT_EQ(watch_.health_of(id(2)).cause,
              "sasl_differs: lacks SASL2 PLAIN (for example.org, to headers that name a user)");
}

TEST_F(HealthWatchTest, ABackendThatRefusesUsersIsUpForOthers) {
    main().backends = {backend_of("a")};
    backends_["a"].refuses_users = true;
    watch();
    ASSERT_TRUE(until([&] { return backends_.requests.size() > 20; }));
    EXPECT_EQ(told_of("a"), std::vector<std::string>{"up check_passed: "});
    EXPECT_EQ(watch_.profiles().at("example.org").profile->user_features, "<features/>");
    backends_["a"].refuses_users = false;
    EXPECT_TRUE(until([&] {
        return watch_.profiles().at("example.org").profile->user_features ==
               "<features for='user'/>";
    }));
}

TEST_F(HealthWatchTest, ABackendThatBeginsToRefuseUsersStaysUp) {
    main().backends = {backend_of("a")};
    main().health.fall = 1;
    watch();
    ASSERT_TRUE(until([&] { return state(0) == State::up; }));
    backends_["a"].refuses_users = true;
    ASSERT_TRUE(until([&] {
        return watch_.profiles().at("example.org").profile->user_features == "<features/>";
    }));
    EXPECT_EQ(told_of("a"), std::vector<std::string>{"up check_passed: "});
}

TEST_F(HealthWatchTest, PrefixesOfAMemberAreDeclaredForAll) {
    backends_["b"].prefixes = xmpp::NamespaceBindings{{"ack", "urn:ack"}};
    watch();
    ASSERT_TRUE(until_all(State::up));
    EXPECT_EQ(watch_.profiles().at("example.org").profile->prefixes,
              (xmpp::NamespaceBindings{{"ack", "urn:ack"}}));
    backends_["c"].prefixes = xmpp::NamespaceBindings{{"ack", "urn:other"}};
    EXPECT_TRUE(until([&] { return watch_.profiles().empty(); }));
    EXPECT_TRUE(until_all(State::up)) << "sessions are routed by domain";
}

TEST_F(HealthWatchTest, ChecksWaitNoLongerThanSessions) {
    main().connect_timeout = 150ms;
    main().answer_timeout = 250ms;
    watch();
    ASSERT_TRUE(until([&] { return !backends_.requests.empty(); }));
    EXPECT_EQ(backends_.requests[0].connect_timeout, 150ms);
    EXPECT_EQ(backends_.requests[0].answer_timeout, 250ms);
}

TEST_F(HealthWatchTest, ADrainedMajorityHasNoVote) {
    main().route = conf::RouteBy::user;
    backends_["c"].sasl = "SCRAM-SHA-1";
    watch();
    ASSERT_TRUE(until([&] { return state(2) == State::down; }));
    auto states = pool().states();
    states[0].admin = states[1].admin = AdminState::drain;
    table_ = balancer::with_pool(*table_, pool().with_states(states));
    watch_.note_states(pool());
    EXPECT_TRUE(until([&] { return state(2) == State::up && state(0) == State::down; }));
}

}  // namespace
}  // namespace proxy

// Aim: what a control loop would log becomes problems in words, each with what helps.

#include "proxy/process/live_findings.h"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

core::LogRecord line(std::string event, Fields fields) {
    return {
        .severity = core::Severity::warn, .event = std::move(event), .fields = std::move(fields)};
}

std::string told(const conf::Problem& problem) {
    return std::string(conf::to_string(problem.severity)) + " " + problem.where + ": " +
           problem.what + " (" + problem.hint + ")";
}

TEST(LiveFindings, TellsOfABackendInWords) {
    LiveFindings findings("/etc/stanzagate.toml");
    EXPECT_TRUE(findings.note(line(
        "backend_state",
        {{"pool", "main"}, {"backend", "a"}, {"reason", "timed_out"}, {"remedy", "look at it"}})));
    const auto problems = findings.take();
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(told(problems[0]),
              "error pool.main.backend \"a\": serves nobody: timed out (look at it)");
    EXPECT_EQ(problems[0].file, "/etc/stanzagate.toml");
}

TEST(LiveFindings, WhatATrialFindsBelongsToItsBackend) {
    LiveFindings findings("f");
    const Fields backend{{"pool", "main"}, {"backend", "a"}};
    Fields state = backend;
    state.insert(state.end(),
                 {{"reason", "ended_early"}, {"detail", "it hung up"}, {"remedy", "read"}});
    findings.note(line("backend_state", state));
    Fields trial = backend;
    trial.insert(trial.end(), {{"detail", "it answers with proxy = \"v2\""}, {"remedy", "set it"}});
    findings.note(line("backend_settings", trial));
    findings.note(line("backend_state", state));  // again
    const auto problems = findings.take();
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(told(problems[0]),
              "error pool.main.backend \"a\": serves nobody: it hung up; it answers with "
              "proxy = \"v2\" (set it)");
}

TEST(LiveFindings, SaysNothingOfWhatIsNoFinding) {
    LiveFindings findings("f");
    EXPECT_FALSE(findings.note(line("pool_panic", {{"pool", "main"}})));
    EXPECT_FALSE(
        findings.note({.severity = core::Severity::info, .event = "backend_state", .fields = {}}));
    EXPECT_TRUE(findings.take().empty());
}

TEST(LiveFindings, NoEventShowsItsNameAndEachHasAPlace) {
    for (const char* event :
         {"backend_settings", "pool_strangers", "service_empty", "members_refused", "dns_problem",
          "sasl_differs", "bindings_cannot_hold", "account_incomparable", "user_refused",
          "routed_by_domain"}) {
        LiveFindings findings("f");
        EXPECT_TRUE(findings.note(line(
            event, {{"pool", "main"}, {"detail", "this"}, {"effect", "that"}, {"remedy", "do"}})));
        const auto problems = findings.take();
        ASSERT_EQ(problems.size(), 1U);
        EXPECT_EQ(problems[0].what.find('_'), std::string::npos) << problems[0].what;
        EXPECT_EQ(problems[0].where, "pool.main");
        EXPECT_EQ(problems[0].hint, "do");
    }
}

TEST(LiveFindings, ABackendThatHasSaidNothingIsNoFineOne) {
    LiveFindings findings("f");
    PoolStatus pool;
    pool.name = "main";
    pool.backends.resize(2);
    pool.backends[0].name = "a";
    pool.backends[0].health = balancer::HealthMachine::State::up;
    pool.backends[1].name = "b";
    pool.backends[1].health = balancer::HealthMachine::State::unknown;
    findings.note_silent({pool}, std::chrono::seconds(20));
    const auto problems = findings.take();
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(told(problems[0]),
              "error pool.main.backend \"b\": no answer in 20 s (check that the server runs, and "
              "whether a firewall drops what we send)");
}

}  // namespace
}  // namespace proxy

// Aim: what became of a reload is told in full, to the operator and in the log, and a refused file
// leaves all as it was.

#include "proxy/process/reload.h"

#include <gtest/gtest.h>

#include "tests/support/certificates.h"
#include "tests/support/log_in_file.h"

namespace proxy {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;
using Time = std::chrono::system_clock::time_point;

std::shared_ptr<const conf::Config> config_with(std::uint32_t weight, unsigned threads = 0) {
    conf::Config config;
    config.file = "/etc/stanzagate.toml";
    config.worker.threads = threads;
    conf::Backend backend;
    backend.name = "a";
    backend.weight = weight;
    config.pools.push_back({.name = "main", .backends = {backend}});
    return std::make_shared<const conf::Config>(config);
}

TEST(Configurations, TheFirstOneIsWhatTheProcessStartedWith) {
    Configurations configs;
    const auto first = config_with(100);
    const auto second = config_with(50);
    configs.use(first, Time(1s));
    EXPECT_EQ(configs.in_use, first);
    configs.use(second, Time(5s));
    EXPECT_EQ(configs.in_use, second);
    EXPECT_EQ(configs.started_with, first);
    EXPECT_EQ(configs.started, Time(1s));
    EXPECT_EQ(configs.loaded, Time(5s));
}

TEST(Configurations, OneThatCountsEndsTheRefusal) {
    Configurations configs;
    configs.use(config_with(100), Time(1s));
    configs.refused = config_with(50);
    configs.why_refused = "a port is taken";
    configs.use(config_with(25), Time(5s));
    EXPECT_EQ(configs.refused, nullptr);
    EXPECT_EQ(configs.why_refused, "");
}

TEST(ReadAgain, TellsEachProblemAndTheFirstErrorInShort) {
    const test::TempDir folder;
    const auto file = folder.path() / "f.toml";
    test::write_file(file, "version = 1\nunknown = 2\n");
    const ReadAgain read = read_again(file);
    ASSERT_TRUE(read.refusal.has_value());
    EXPECT_NE(read.refusal->find("f.toml:1:1: error: \"listen\" is missing"), std::string::npos)
        << *read.refusal;
    EXPECT_EQ(read.refusal->find('\n'), std::string::npos);
    EXPECT_GT(read.problems.size(), 1U);
    EXPECT_EQ(read.config->file, file);
}

TEST(Differences, AreThoseFromTheOneInUseAndForARestartThoseFromTheStart) {
    Configurations configs;
    configs.use(config_with(100, 1), Time(1s));
    configs.use(config_with(50, 2), Time(5s));
    ReloadResult result;
    note_differences(configs, *config_with(25, 2), result);
    EXPECT_EQ(result.changes, (Lines{R"(pool.main.backend "a": weight 50 -> 25)"}));
    ASSERT_EQ(result.needs_restart.size(), 1U);
    EXPECT_NE(result.needs_restart[0].find("1 -> 2"), std::string::npos) << result.needs_restart[0];
}

TEST(ReloadLog, SaysWhatHasChangedAndWhatHasNot) {
    test::LogInFile log;
    Configurations configs;
    configs.use(config_with(100), Time(1s));
    log_reload(configs, {.is_applied = true,
                         .changes = {"one", "two"},
                         .needs_restart = {"three"},
                         .problems = {"a warning"}});
    EXPECT_EQ(
        log.end(),
        (Lines{"warn  config_problem what=\"a warning\"", "info  config_changed what=one",
               "info  config_changed what=two",
               "warn  restart_needed what=three remedy=\"restart stanzagate at a good "
               "moment; resumable sessions come back\"",
               "info  reloaded config=/etc/stanzagate.toml cause=command changes=2 set_live=0"}));
}

TEST(ReloadLog, WarnsOnceOfWhatIsAppliedAllTheSame) {
    test::LogInFile log;
    Configurations configs;
    configs.use(config_with(100), Time(1s));
    ReloadResult result{true, {}, {}, {"first\n  its line of the file"}};
    result.cause = ReloadCause::saved;
    log_reload(configs, result);
    result.problems.emplace_back("second");
    log_reload(configs, result);
    result.problems = {};
    log_reload(configs, result);
    result.problems = {"second"};
    log_reload(configs, result);
    const std::string reloaded =
        "info  reloaded config=/etc/stanzagate.toml cause=saved changes=0 set_live=0";
    EXPECT_EQ(log.end(), (Lines{"warn  config_problem what=first", reloaded,
                                "warn  config_problem what=second", reloaded, reloaded,
                                "warn  config_problem what=second", reloaded}));
}

TEST(ReloadLog, NamesCertificatesWithDomainAndDate) {
    test::LogInFile log;
    Configurations configs;
    configs.use(config_with(100), Time(1s));
    ReloadResult result{true, {}, {}, {}};
    result.certificates = certificate_news(
        {{core::CertificateChange::Kind::renewed, "a.example", 1'803'859'200},
         {core::CertificateChange::Kind::removed, "b.example"},
         {core::CertificateChange::Kind::unusable, "c.example", 0, {"c/privkey.pem", "is empty"}}},
        {.domains = {{"*", "main"}}});
    log_reload(configs, result);
    EXPECT_EQ(
        log.end(),
        (Lines{
            "info  certificate_renewed domain=a.example valid_until=2027-03-01T00:00:00Z",
            "warn  certificate_removed domain=b.example effect=\"clients of this domain are shown "
            "one that covers it, or are refused\" remedy=\"put its folder back into cert_dir, or "
            "take its [domain] out\"",
            "warn  certificate_unusable domain=c.example why=\"c/privkey.pem: is empty\" "
            "effect=\"clients of this domain are served as if its folder was not there\" "
            "remedy=\"repair its files; until then a start would be refused\"",
            "info  reloaded config=/etc/stanzagate.toml cause=command changes=1 set_live=0"}));
}

PoolStatus pool_with(std::uint32_t weight, std::uint32_t file_weight) {
    BackendStatus a;
    a.name = "a";
    a.weight = weight;
    a.file_weight = file_weight;
    return {.name = "main", .balance = {}, .is_panicking = false, .services = {}, .backends = {a}};
}

TEST(LiveAgainstFile, WhatCountsIsSaid) {
    const std::vector<LiveMember> before{{"main", "a", balancer::AdminState::ready, 77, 30}};
    ReloadResult same;
    note_live(before, {pool_with(77, 30)}, same);
    EXPECT_EQ(same.changes, Lines{});
    EXPECT_EQ(same.live, before);
    ReloadResult replaced;
    note_live(before, {pool_with(40, 40)}, replaced);
    EXPECT_EQ(replaced.changes, Lines{"main/a: weight 40 of the file counts in place of 77, which "
                                      "the operator had set"});
    EXPECT_TRUE(replaced.live.empty());
    ReloadResult gone;
    note_live(before, {}, gone);
    EXPECT_EQ(gone.changes, Lines{});
}

TEST(ReloadLog, SaysWhatTheOperatorHasSet) {
    test::LogInFile log;
    Configurations configs;
    configs.use(config_with(30), Time(1s));
    ReloadResult result{true, {}, {}, {}};
    result.live.assign(25, {"main", "a", balancer::AdminState::ready, 77, 30});
    log_reload(configs, result);
    const Lines lines = log.end();
    ASSERT_EQ(lines.size(), 21U);
    EXPECT_EQ(lines[0],
              "info  live_differs pool=main backend=a what=\"main/a runs with weight 77, the file "
              "says 30\" effect=\"what the operator set counts, a weight until the configured one "
              "changes\"");
    EXPECT_EQ(lines[20],
              "info  reloaded config=/etc/stanzagate.toml cause=command changes=0 set_live=25");
}

TEST(History, NothingNewIsAnsweredWithWhatWasAppliedBefore) {
    Configurations configs;
    configs.use(config_with(100), Time(1s));
    ReloadResult nothing{true, {}, {}, {}};
    note_history(configs, nothing, Time(2s));
    EXPECT_TRUE(nothing.earlier.empty());

    ReloadResult saved{true, {"one"}, {}, {}};
    saved.cause = ReloadCause::saved;
    note_history(configs, saved, Time(3s));
    EXPECT_TRUE(saved.earlier.empty());
    note_history(configs, nothing, Time(4s));
    ASSERT_EQ(nothing.earlier.size(), 1U);
    EXPECT_EQ(nothing.earlier[0].when, Time(3s));
    EXPECT_EQ(nothing.earlier[0].cause, ReloadCause::saved);
    EXPECT_EQ(nothing.earlier[0].changes, Lines{"one"});
}

TEST(History, ARefusedSaveIsToldUntilSomethingIsApplied) {
    Configurations configs;
    configs.use(config_with(100), Time(1s));
    configs.why_refused = "a typing mistake";
    ReloadResult refused{false, {}, {}, {}};
    refused.cause = ReloadCause::saved;
    note_history(configs, refused, Time(2s));
    ReloadResult repaired{true, {}, {}, {}};
    note_history(configs, repaired, Time(3s));
    ASSERT_EQ(repaired.earlier.size(), 1U);
    EXPECT_EQ(repaired.earlier[0].why_refused, "a typing mistake");
    EXPECT_TRUE(repaired.earlier[0].changes.empty());

    ReloadResult applied{true, {"one"}, {}, {}};
    note_history(configs, applied, Time(4s));
    ReloadResult nothing{true, {}, {}, {}};
    note_history(configs, nothing, Time(5s));
    ASSERT_EQ(nothing.earlier.size(), 1U);
    EXPECT_EQ(nothing.earlier[0].changes, Lines{"one"});
}

TEST(ReloadLog, SaysWhyAFileWasRefused) {
    test::LogInFile log;
    Configurations configs;
    configs.use(config_with(100), Time(1s));
    configs.why_refused = "first";
    log_reload(configs, {.is_applied = false,
                         .changes = {},
                         .needs_restart = {},
                         .problems = {"first\n  its line of the file", "second"}});
    EXPECT_EQ(log.end(),
              (Lines{"error reload_refused config=/etc/stanzagate.toml why=first effect=\"the old "
                     "configuration is still running\" remedy=\"repair what "
                     "config_problem names, and save\"",
                     "error config_problem what=first", "error config_problem what=second"}));
}

}  // namespace
}  // namespace proxy

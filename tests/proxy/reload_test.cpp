// Aim: what became of a reload is told in full, to the operator and in the log, and a refused file
// leaves all as it was.

#include "proxy/reload.h"

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
    EXPECT_EQ(log.end(),
              (Lines{"info  config_changed what=one", "info  config_changed what=two",
                     "warn  restart_needed what=three remedy=\"restart stanzagate when it "
                     "suits; resumable sessions come back\"",
                     "info  reloaded config=/etc/stanzagate.toml changes=2"}));
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
              (Lines{"error reload_refused config=/etc/stanzagate.toml why=first effect=\"the "
                     "configuration of before is still running\" remedy=\"repair what "
                     "config_problem names, and save\"",
                     "error config_problem what=first", "error config_problem what=second"}));
}

}  // namespace
}  // namespace proxy

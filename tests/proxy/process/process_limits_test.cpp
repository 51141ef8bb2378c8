// Aim: a process promises no more sessions than it has descriptors for, and says so when the
// configuration wants more.

#include "proxy/process/process_limits.h"

#include <gtest/gtest.h>

#include "core/descriptor_limit.h"
#include "tests/support/log_in_file.h"

namespace proxy {
namespace {

conf::Config config_of_most(std::uint32_t sessions) {
    conf::Config config;
    config.limits.sessions = sessions;
    config.listen.resize(2);
    return config;
}

TEST(ProcessLimits, WorkersAreAsConfiguredElseOnePerCore) {
    conf::Config config;
    config.worker.threads = 3;
    EXPECT_EQ(worker_count(config), 3U);
    config.worker.threads = 0;
    EXPECT_GE(worker_count(config), 1U);
}

TEST(ProcessLimits, EachSessionHasTwoDescriptorsOfThoseThatAreLeft) {
    test::LogInFile log;
    const std::uint64_t all = core::raise_descriptor_limit();
    const std::uint64_t possible = session_limit(config_of_most(0), 4);
    EXPECT_LT(2 * possible, all);
    // Workers and listeners need some, too.
    EXPECT_GT(possible, session_limit(config_of_most(0), 40));
    EXPECT_TRUE(log.end().empty());
}

TEST(ProcessLimits, FewerMayBeConfigured) {
    test::LogInFile log;
    EXPECT_EQ(session_limit(config_of_most(5), 1), 5U);
    EXPECT_TRUE(log.end().empty());
}

TEST(ProcessLimits, MoreThanPossibleIsWarnedAbout) {
    test::LogInFile log;
    const std::uint32_t possible = session_limit(config_of_most(0), 1);
    EXPECT_EQ(session_limit(config_of_most(UINT32_MAX), 1), possible);
    const auto lines = log.end();
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(
        lines[0],
        "warn  sessions_limited wanted=4294967295 possible=" + std::to_string(possible) +
            " descriptor_limit=" + std::to_string(core::raise_descriptor_limit()) +
            " remedy=\"raise the descriptor limit (LimitNOFILE) to 8589934664, or lower [limits] "
            "sessions\"");
}

TEST(ProcessLimits, ThereIsRoomForOneSessionAtLeast) {
    test::LogInFile log;
    EXPECT_EQ(session_limit(config_of_most(0), UINT32_MAX), 1U);
}

}  // namespace
}  // namespace proxy

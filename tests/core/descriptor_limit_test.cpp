#include "core/descriptor_limit.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/log_in_file.h"

namespace core {
namespace {

/// The limit as it was comes back with the end of the test.
class DescriptorLimit : public testing::Test {
protected:
    DescriptorLimit() { ::getrlimit(RLIMIT_NOFILE, &before_); }
    ~DescriptorLimit() override { ::setrlimit(RLIMIT_NOFILE, &before_); }

    rlimit before_{};
};

TEST_F(DescriptorLimit, IsRaisedToAllThatTheSystemAllows) {
    const rlimit low{.rlim_cur = before_.rlim_max / 2, .rlim_max = before_.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
    EXPECT_EQ(raise_descriptor_limit(), before_.rlim_max);
    rlimit now{};
    ::getrlimit(RLIMIT_NOFILE, &now);
    EXPECT_EQ(now.rlim_cur, before_.rlim_max);
    EXPECT_EQ(raise_descriptor_limit(), before_.rlim_max);
}

TEST_F(DescriptorLimit, CarriesSoManySessions) {
    test::LogInFile log;
    const std::uint64_t all = raise_descriptor_limit();
    const std::uint32_t possible =
        sessions_within_descriptors(0, {.reserved = 10, .per_session = 3});
    EXPECT_EQ(possible, (all - 10) / 3);
    EXPECT_EQ(sessions_within_descriptors(5, {.reserved = 10, .per_session = 3}), 5U);
    EXPECT_EQ(sessions_within_descriptors(0, {.reserved = all, .per_session = 3}), 1U);
    EXPECT_EQ(log.end(), std::vector<std::string>());
}

TEST_F(DescriptorLimit, WarnsOfFewerSessionsThanWanted) {
    test::LogInFile log;
    const std::uint32_t possible =
        sessions_within_descriptors(0, {.reserved = 10, .per_session = 2});
    EXPECT_EQ(sessions_within_descriptors(UINT32_MAX, {.reserved = 10, .per_session = 2}),
              possible);
    EXPECT_EQ(log.end(), (std::vector<std::string>{
                             "warn  sessions_limited wanted=" + std::to_string(UINT32_MAX) +
                             " possible=" + std::to_string(possible) +
                             " remedy=\"raise the descriptor limit (LimitNOFILE) or lower [limits] "
                             "sessions\""}));
}

}  // namespace
}  // namespace core

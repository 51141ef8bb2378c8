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
    EXPECT_EQ(log.end(), std::vector<std::string>());
}

TEST_F(DescriptorLimit, WarnsOfFewerSessionsThanAServerIsGoodFor) {
    test::LogInFile log;
    const std::uint64_t all = raise_descriptor_limit();
    EXPECT_EQ(sessions_within_descriptors(0, {.reserved = all, .per_session = 3}), 1U);
    EXPECT_EQ(log.end(),
              (std::vector<std::string>{
                  "warn  sessions_limited possible=1 descriptor_limit=" + std::to_string(all) +
                  " remedy=\"raise the descriptor limit "
                  "(LimitNOFILE) to " +
                  std::to_string(all + 3000) + "\""}));
}

TEST_F(DescriptorLimit, SaysHowManyAreNeededAtLeast) {
    EXPECT_TRUE(require_descriptors(10).has_value());
    const std::uint64_t all = raise_descriptor_limit();
    const auto too_many = require_descriptors(all);
    ASSERT_FALSE(too_many.has_value());
    const std::string begin = "the descriptor limit is " + std::to_string(all) + ", but ";
    ASSERT_TRUE(too_many.error().starts_with(begin)) << too_many.error();
    const std::uint64_t needed = std::stoull(too_many.error().substr(begin.size()));
    EXPECT_GE(needed, all + 3);  // standard input, output and error are open
    EXPECT_LE(needed, all + 100);
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
                             " descriptor_limit=" + std::to_string(raise_descriptor_limit()) +
                             " remedy=\"raise the descriptor limit (LimitNOFILE) to 8589934600, or "
                             "lower [limits] sessions\""}));
}

}  // namespace
}  // namespace core

#include "proxy/pools/eviction.h"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using namespace std::chrono_literals;

constexpr core::TimePoint kStart{};

/// Sessions left after each step of an eviction.
std::vector<std::size_t> run(std::size_t total, std::chrono::milliseconds over) {
    const Eviction eviction(total, kStart, over);
    std::vector<std::size_t> left_after;
    std::size_t left = total;
    for (auto now = kStart; left > 0; now += Eviction::kStep) {
        left -= eviction.due(left, now);
        left_after.push_back(left);
    }
    return left_after;
}

TEST(Eviction, goes_evenly) {
    const auto left = run(1000, 10s);
    ASSERT_EQ(left.size(), 101U);
    EXPECT_EQ(left.front(), 1000U);
    EXPECT_EQ(left[50], 500U);
    for (std::size_t step = 1; step < left.size(); ++step) {
        EXPECT_NEAR(static_cast<double>(left[step - 1] - left[step]), 10.0, 1.0);
    }
}

TEST(Eviction, few_sessions_are_spread_as_well) {
    const auto left = run(3, 60s);
    EXPECT_EQ(left.size(), 402U);
    EXPECT_EQ(left[5], 2U);
    EXPECT_EQ(left[250], 1U);
}

TEST(Eviction, without_time_all_go_at_once) {
    EXPECT_EQ(Eviction(7, kStart, 0ms).due(7, kStart), 7U);
}

TEST(Eviction, those_that_left_by_themselves_count) {
    const Eviction eviction(100, kStart, 10s);
    EXPECT_EQ(eviction.due(40, kStart + 5s), 0U);
    EXPECT_EQ(eviction.due(40, kStart + 8s), 20U);
}

TEST(Eviction, a_late_step_catches_up) {
    const Eviction eviction(100, kStart, 10s);
    EXPECT_EQ(eviction.due(100, kStart + 9s), 90U);
    EXPECT_EQ(eviction.due(10, kStart + 30s), 10U);
}

}  // namespace
}  // namespace proxy

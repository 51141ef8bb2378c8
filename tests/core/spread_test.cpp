// Aim: times that many sessions wait for are near the time that is meant, and seldom the same.

#include "core/spread.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

namespace core {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

TEST(Spread, IsAFifthAtMostAndInFewSteps) {
    for (const milliseconds time : {10ms, 640ms, 1'000ms, 10'000ms}) {
        std::set<milliseconds> all;
        for (std::uint32_t random = 0; random < 1'000; ++random) all.insert(spread(time, random));
        EXPECT_EQ(*all.begin(), time * 4 / 5);
        EXPECT_EQ(*all.rbegin(), time * 6 / 5);
        EXPECT_LE(all.size(), 9U);
        EXPECT_GE(all.size(), 5U);
    }
    EXPECT_EQ(spread(0ms, 3), 0ms) << "at once stays at once";
}

TEST(Spread, BelowIsNeverLonger) {
    EXPECT_EQ(spread_below(60s, 0), 60s);
    EXPECT_EQ(spread_below(60s, 0xffff), 48s);
    EXPECT_EQ(spread_below(60s, 0xabcd0000), 60s) << "only 16 bits count";
    EXPECT_EQ(spread_below(0ms, 0xffff), 0ms);
}

TEST(Spread, NumbersInARowAreFarApart) {
    // So many requests of a second that all wait a minute: no second of the twelve that they may
    // end in has much more than its share, and those that met do not meet again.
    constexpr std::uint64_t kSessions = 12'000;
    std::array<int, 12> ends{};
    std::uint64_t together = 0;
    for (std::uint64_t session = 0; session < kSessions; ++session) {
        const auto first = spread_below(60s, mixed(1'000 * session));
        const auto second = spread_below(60s, mixed(1'000 * session + 1));
        ++ends[std::min<std::size_t>(11, static_cast<std::size_t>((first - 48s) / 1s))];
        if (first / 1s == second / 1s) ++together;
    }
    for (const int end : ends) EXPECT_NEAR(end, 1'000, 150);
    EXPECT_LT(together, kSessions / 8);
}

}  // namespace
}  // namespace core

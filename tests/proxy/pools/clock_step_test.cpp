#include "proxy/pools/clock_step.h"

#include <gtest/gtest.h>

#include <set>

namespace proxy {
namespace {

using namespace std::chrono_literals;

TEST(ClockStep, NeverWakesBeforeTheDeadlineUnlessItIsFar) {
    EXPECT_EQ(clock_step(-3s), 0ms);
    EXPECT_EQ(clock_step(0s), 0ms);
    EXPECT_EQ(clock_step(1us), 10ms);
    EXPECT_EQ(clock_step(10ms), 10ms);
    EXPECT_EQ(clock_step(10'001us), 20ms);
    EXPECT_EQ(clock_step(999ms), 1s);
    EXPECT_EQ(clock_step(24h), 1s);
}

TEST(ClockStep, TakesFewValues) {
    std::set<std::chrono::milliseconds> values;
    for (auto remaining = 0us; remaining < 10s; remaining += 137us)
        values.insert(clock_step(remaining));
    EXPECT_LE(values.size(), 101U);
}

}  // namespace
}  // namespace proxy

#include "balancer/connect_rate.h"

#include <gtest/gtest.h>

namespace balancer {
namespace {

using namespace std::chrono_literals;
using TimePoint = ConnectRate::TimePoint;

const BackendId kBackend(3);

/// Takes tokens until there is none and returns how many there were.
int drain(ConnectRate& rate, std::uint32_t per_second, TimePoint now) {
    int taken = 0;
    for (; taken < 1000 && rate.has_token(kBackend, per_second, now); ++taken) rate.spend(kBackend);
    return taken;
}

TEST(ConnectRate, GivesOneSecondsShareAtOnceAndThenTheRate) {
    TimePoint now{};
    ConnectRate rate(1);
    EXPECT_EQ(drain(rate, 10, now), 10);
    EXPECT_EQ(drain(rate, 10, now += 99ms), 0);
    EXPECT_EQ(drain(rate, 10, now += 1ms), 1);
    EXPECT_EQ(drain(rate, 10, now += 300ms), 3);
    EXPECT_EQ(drain(rate, 10, now += 1h), 10);
}

TEST(ConnectRate, IsSharedEvenlyByTheWorkers) {
    TimePoint now{};
    ConnectRate rate(4);
    EXPECT_EQ(drain(rate, 20, now), 5);
    EXPECT_EQ(drain(rate, 20, now + 1s), 5);
}

TEST(ConnectRate, AShareBelowOneStillLetsOneThrough) {
    TimePoint now{};
    ConnectRate rate(4);
    EXPECT_EQ(drain(rate, 1, now), 1);
    EXPECT_EQ(drain(rate, 1, now + 3999ms), 0);
    EXPECT_EQ(drain(rate, 1, now + 4s), 1);
}

TEST(ConnectRate, DebtIsBounded) {
    TimePoint now{};
    ConnectRate rate(1);
    EXPECT_TRUE(rate.has_token(kBackend, 10, now));
    for (int i = 0; i < 500; ++i) rate.spend(kBackend);
    EXPECT_EQ(drain(rate, 10, now + 1s), 0);
    EXPECT_EQ(drain(rate, 10, now + 2s), 10);
}

TEST(ConnectRate, ZeroIsNoLimitAndANewRateCountsAtOnce) {
    TimePoint now{};
    ConnectRate rate(1);
    EXPECT_EQ(drain(rate, 0, now), 1000);
    EXPECT_EQ(drain(rate, 5, now), 5);
    EXPECT_EQ(drain(rate, 0, now), 1000);
    EXPECT_EQ(drain(rate, 2, now), 2);
}

TEST(ConnectRate, BackendsHaveBucketsOfTheirOwn) {
    ConnectRate rate(1);
    EXPECT_EQ(drain(rate, 5, {}), 5);
    EXPECT_TRUE(rate.has_token(BackendId(4), 5, {}));
}

TEST(ConnectRate, AClockThatStandsStillGivesNothing) {
    ConnectRate rate(1);
    EXPECT_EQ(drain(rate, 5, TimePoint{} + 1s), 5);
    EXPECT_EQ(drain(rate, 5, TimePoint{}), 0);
}

}  // namespace
}  // namespace balancer

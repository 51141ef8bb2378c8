#include <gtest/gtest.h>

#include "tests/balancer/pool_scene.h"

namespace balancer {
namespace {

using namespace std::chrono_literals;

class Tiers : public testing::TestWithParam<conf::Balance> {
protected:
    // The best tier stands last in the list: priority counts, not the order of the file.
    PoolScene two_tiers() {
        return {GetParam(),
                {{.priority = 20}, {.priority = 20}, {.priority = 10}, {.priority = 10}}};
    }
    static bool is_best(std::size_t place) { return place >= 2; }
};
INSTANTIATE_TEST_SUITE_P(Policy, Tiers,
                         testing::Values(conf::Balance::round_robin, conf::Balance::least_sessions,
                                         conf::Balance::random_two, conf::Balance::hash_user,
                                         conf::Balance::hash_ip));

TEST_P(Tiers, TakeSessionsBestFirstAndStandInBehind) {
    PoolScene scene = two_tiers();
    for (int i = 0; i < 20; ++i) {
        const Places order = scene.order();
        ASSERT_EQ(order.size(), 4U);
        EXPECT_TRUE(is_best(order[0]) && is_best(order[1]));
        scene.take(order.front());
    }
    EXPECT_EQ(scene.sessions(0) + scene.sessions(1), 0U);
}

TEST_P(Tiers, OverflowWhenFull) {
    PoolScene scene(GetParam(), {{}, {.max_sessions = 5, .priority = 1}, {.priority = 2}});
    scene.weigh(0, 0);
    for (int i = 0; i < 8; ++i) scene.take(scene.order().front());
    EXPECT_EQ(scene.sessions(1), 5U);
    EXPECT_EQ(scene.sessions(2), 3U);
}

TEST_P(Tiers, OverflowWhenDrainedOrDown) {
    PoolScene scene = two_tiers();
    scene.set(2, AdminState::drain);
    EXPECT_EQ(scene.first(), "3");
    scene.set(3, Health::down);
    // Who is drained gets nothing; whose checks fail stands behind all others.
    const Places order = scene.order();
    ASSERT_EQ(order.size(), 3U);
    EXPECT_FALSE(is_best(order[0]) || is_best(order[1]));
    EXPECT_EQ(order[2], 3U);
    scene.set(2, AdminState::ready);
    EXPECT_EQ(scene.first(), "2");
}

TEST_P(Tiers, OverflowWhileTheBestRest) {
    PoolScene scene = two_tiers();
    scene.fail(2);
    scene.fail(3);
    const Places order = scene.order();
    ASSERT_EQ(order.size(), 4U);
    EXPECT_FALSE(is_best(order[0]) || is_best(order[1]));
    scene.pass(2s);
    EXPECT_TRUE(is_best(scene.order().front()));
}

TEST_P(Tiers, WhoseChecksFailIsTheLastResort) {
    PoolScene scene(GetParam(), {{}, {}, {.max_sessions = 1}});
    scene.set(1, Health::down);
    scene.set(2, Health::down);
    scene.fail(0);
    EXPECT_EQ(scene.order().front(), 0U);  // it may have failed, but its checks say nothing yet
    EXPECT_EQ(scene.order().size(), 3U);
    scene.take(2);
    EXPECT_EQ(scene.order(), (Places{0, 1}));  // no resort is beyond its bounds
}

TEST_P(Tiers, OverflowAboveTheConnectRateAndComeBack) {
    PoolScene scene(GetParam(), {{.connect_rate = 8}, {.priority = 1}});
    for (int i = 0; i < 10; ++i) scene.take(scene.order().front());
    // One of two workers has half of the rate.
    EXPECT_EQ(scene.sessions(0), 4U);
    scene.pass(249ms);
    EXPECT_EQ(scene.first(), "1");
    scene.pass(1ms);
    EXPECT_EQ(scene.first(), "0");
}

TEST(RoundRobinTiers, StandingInCostsNoTurn) {
    PoolScene scene(conf::Balance::round_robin, {{}, {.priority = 1}, {.priority = 1}});
    scene.firsts(1);
    scene.set(0, AdminState::drain);
    EXPECT_EQ(scene.firsts(4), "1212");
}

}  // namespace
}  // namespace balancer

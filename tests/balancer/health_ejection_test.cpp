// Aim: failures of sessions in a row take a backend out at once, for a time that grows, and no
// longer than that.

#include "balancer/health.h"

#include <gtest/gtest.h>

#include "tests/balancer/health_scene.h"

namespace balancer {
namespace {

using namespace std::chrono_literals;

using HealthEjectionTest = HealthTest;

TEST_F(HealthEjectionTest, PassiveFailuresInARowEject) {
    pass();
    EXPECT_EQ(lose(2), "");
    EXPECT_EQ(lose(2), "");
    EXPECT_EQ(lose(1), "up>ejected ended_early");
    EXPECT_EQ(machine().health(), Health::down);
}

TEST_F(HealthEjectionTest, EjectsBeforeTheFirstCheckToo) {
    EXPECT_EQ(lose(5), "unknown>ejected ended_early");
}

TEST_F(HealthEjectionTest, ALoginThatGetsThroughEndsTheRow) {
    pass();
    lose(4);
    machine().on_passive_success();
    EXPECT_EQ(lose(4), "");
    EXPECT_EQ(lose(1), "up>ejected ended_early");
}

TEST_F(HealthEjectionTest, APauseEndsTheRow) {
    pass();
    lose(4);
    now_ += 10'001ms;
    EXPECT_EQ(lose(4), "");
    now_ += 10s;
    EXPECT_EQ(lose(1), "up>ejected ended_early");
}

TEST_F(HealthEjectionTest, PassiveFailuresCanBeSwitchedOff) {
    settings_.passive_failures = 0;
    pass();
    EXPECT_EQ(lose(1'000'000), "");
    EXPECT_EQ(state(), State::up);
}

TEST_F(HealthEjectionTest, AHugeBundleEjectsOnce) {
    pass();
    lose(1);
    EXPECT_EQ(lose(0xffffffff), "up>ejected ended_early");
    EXPECT_EQ(lose(0xffffffff), "");
}

TEST_F(HealthEjectionTest, AnEjectionWithPassedChecksEndsUp) {
    pass();
    eject();
    EXPECT_EQ(machine().next_change(now_), now_ + 10s);
    EXPECT_EQ(pass(), "");
    EXPECT_EQ(pass(), "");
    now_ += 9'999ms;
    EXPECT_EQ(tick(), "");
    now_ += 1ms;
    EXPECT_EQ(tick(), "ejected>up ejection_over");
    EXPECT_EQ(ramp(), 10U);
}

TEST_F(HealthEjectionTest, AnEjectionWithoutPassedChecksEndsDown) {
    pass();
    pass();
    eject();
    pass();
    now_ += 10s;
    EXPECT_EQ(tick(), "ejected>down ejection_over");
    EXPECT_EQ(pass(), "down>up check_passed");  // the second in a row
}

TEST_F(HealthEjectionTest, ALateCheckEndsAnEjectionInOneStep) {
    pass();
    eject();
    pass();
    now_ += 11s;
    EXPECT_EQ(pass(), "ejected>up ejection_over");
}

TEST_F(HealthEjectionTest, OldNewsDoesNotEjectAgain) {
    settings_.checks = false;
    eject();
    now_ += 10s;
    EXPECT_EQ(lose(5), "ejected>up ejection_over");
    EXPECT_EQ(lose(5), "up>ejected ended_early");
}

TEST_F(HealthEjectionTest, WithoutChecksTimeAloneEndsAnEjection) {
    settings_.checks = false;
    EXPECT_EQ(machine().next_check(), TimePoint::max());
    eject();
    now_ += 10s;
    EXPECT_EQ(tick(), "ejected>up ejection_over");
}

TEST_F(HealthEjectionTest, EjectionsGrowUpToTheirBoundAndStartAnewAfterQuiet) {
    settings_.checks = false;
    settings_.eject_longest = 45s;
    for (const std::chrono::seconds length : {10s, 20s, 40s, 45s, 45s}) {
        eject();
        EXPECT_EQ(machine().next_change(now_), now_ + length);
        now_ += length;
        tick();
    }
    now_ += 45s;
    eject();
    EXPECT_EQ(machine().next_change(now_), now_ + 10s);
}

TEST_F(HealthEjectionTest, EjectionsCountAsFlapping) {
    pass();
    fall();
    recover();
    eject();
    EXPECT_EQ(machine().needed_rise(), 4U);
}

TEST_F(HealthEjectionTest, AnEjectionOutlivesNewSettings) {
    pass();
    lose(settings_.passive_failures - 1);
    settings_.passive_failures = 2;
    change();
    EXPECT_EQ(lose(1), "up>ejected ended_early");
    change();
    EXPECT_EQ(state(), State::ejected);
}

}  // namespace
}  // namespace balancer

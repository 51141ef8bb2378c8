// Aim: checks raise and fell a backend as configured, at times of their own, and one that comes
// back takes its load in steps.

#include "balancer/health.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/balancer/health_scene.h"

namespace balancer {
namespace {

using namespace std::chrono_literals;

TEST_F(HealthTest, TheFirstCheckDecides) {
    EXPECT_EQ(state(), State::unknown);
    EXPECT_EQ(pass(), "unknown>up check_passed");
    EXPECT_EQ(ramp(), 100U);
    HealthMachine other(settings_, 1, now_);
    EXPECT_EQ(text(other.on_check_failed(HealthReason::tls_failed, now_)),
              "unknown>down tls_failed");
}

TEST_F(HealthTest, FallsAfterThatManyFailuresInARow) {
    pass();
    EXPECT_EQ(fail(), "");
    EXPECT_EQ(fail(), "");
    EXPECT_EQ(pass(), "");
    EXPECT_EQ(fail(), "");
    EXPECT_EQ(fail(), "");
    EXPECT_EQ(fail(HealthReason::bad_answer), "up>down bad_answer");
    EXPECT_EQ(fail(), "");
    EXPECT_EQ(machine().health(), Health::down);
}

TEST_F(HealthTest, RisesAfterThatManyPassesInARow) {
    pass();
    fall();
    EXPECT_EQ(pass(), "");
    EXPECT_EQ(fail(), "");
    EXPECT_EQ(pass(), "");
    EXPECT_EQ(pass(), "down>up check_passed");
}

TEST_F(HealthTest, ChecksKeepTheirTimeWithinTheJitter) {
    pass();
    std::set<TimePoint::rep> gaps;
    for (int i = 0; i < 200; ++i) {
        now_ = machine().next_check();
        pass();
        const auto gap = machine().next_check() - now_;
        EXPECT_GE(gap, 4s);
        EXPECT_LE(gap, 6s);
        gaps.insert(gap / 100ms);
    }
    EXPECT_GE(gaps.size(), 18U);  // of 21: the whole width is used
}

TEST_F(HealthTest, TheFirstChecksOfManyMachinesAreSpread) {
    std::set<TimePoint::rep> tenths;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const auto wait = HealthMachine(settings_, seed, now_).next_check() - now_;
        EXPECT_GE(wait, 0s);
        EXPECT_LT(wait, 1s);
        tenths.insert(wait / 100ms);
    }
    EXPECT_EQ(tenths.size(), 10U);
}

TEST_F(HealthTest, TheSameSeedGivesTheSameSchedule) {
    HealthMachine one(settings_, 7, now_);
    HealthMachine two(settings_, 7, now_);
    HealthMachine other(settings_, 8, now_);
    EXPECT_EQ(one.next_check(), two.next_check());
    EXPECT_NE(one.next_check(), other.next_check());
}

TEST_F(HealthTest, LooksAgainSoonWhenInDoubt) {
    settings_.jitter = 0;
    pass();
    EXPECT_EQ(machine().next_check(), now_ + 5s);
    fail();
    EXPECT_EQ(machine().next_check(), now_ + 1250ms);
    fail();
    EXPECT_EQ(machine().next_check(), now_ + 1250ms);
    fail();
    EXPECT_EQ(machine().next_check(), now_ + 5s);
}

TEST_F(HealthTest, ASlowStartRampsUpInSteps) {
    settings_.slow_start = 90s;
    pass();
    fall();
    recover();
    for (std::uint32_t percent = 10; percent < 100; percent += 10) {
        EXPECT_EQ(ramp(), percent);
        EXPECT_EQ(machine().next_change(now_), now_ + 10s);
        now_ += 9'999ms;
        EXPECT_EQ(ramp(), percent);
        now_ += 1ms;
    }
    EXPECT_EQ(ramp(), 100U);
    EXPECT_EQ(machine().next_change(now_), TimePoint::max());
}

TEST_F(HealthTest, EachStepIsThereWhenItsTimeHasCome) {
    settings_.slow_start = 31'337ms;
    pass();
    fall();
    recover();
    std::uint32_t steps = 0;
    for (std::uint32_t before = ramp(); machine().next_change(now_) != TimePoint::max(); ++steps) {
        now_ = machine().next_change(now_);
        ASSERT_EQ(ramp(), before + 10);
        before = ramp();
    }
    EXPECT_EQ(steps, 9U);
}

TEST_F(HealthTest, ASlowStartCanBeSwitchedOff) {
    settings_.slow_start = 0s;
    pass();
    fall();
    recover();
    EXPECT_EQ(ramp(), 100U);
    EXPECT_EQ(machine().next_change(now_), TimePoint::max());
}

TEST_F(HealthTest, AFallDuringASlowStartEndsIt) {
    pass();
    fall();
    recover();
    EXPECT_EQ(ramp(), 10U);
    fall();
    // Should health be ignored, the weight is whole.
    EXPECT_EQ(ramp(), 100U);
    EXPECT_EQ(machine().next_change(now_), TimePoint::max());
}

TEST_F(HealthTest, FlappingTakesLongerToRecoverEachTime) {
    pass();
    for (const int needed : {2, 4, 8, 16, 16}) {
        fall();
        EXPECT_EQ(recover(), needed);
        now_ += 599s;
    }
    now_ += 1s;
    fall();
    EXPECT_EQ(recover(), 2);
}

TEST_F(HealthTest, NewSettingsKeepWhatIsKnown) {
    pass();
    settings_.fall = 5;
    fail();
    EXPECT_EQ(change(), "");
    EXPECT_EQ(state(), State::up);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(fail(), "");
    EXPECT_EQ(fail(), "up>down timed_out");
}

TEST_F(HealthTest, AFasterRhythmCountsAtOnceAndASlowerOneAfterTheNextCheck) {
    settings_.every = 60s;
    settings_.jitter = 0;
    pass();
    settings_.every = 2s;
    change();
    EXPECT_EQ(machine().next_check(), now_ + 2s);
    settings_.every = 60s;
    change();
    EXPECT_EQ(machine().next_check(), now_ + 2s);
}

TEST_F(HealthTest, ChecksThatEndLeaveNoBackendDown) {
    fail();
    EXPECT_EQ(state(), State::down);
    settings_.checks = false;
    EXPECT_EQ(change(), "down>unknown checks_ended");
    EXPECT_EQ(machine().next_check(), TimePoint::max());
    settings_.checks = true;
    EXPECT_EQ(change(), "");
    EXPECT_LE(machine().next_check(), now_ + 1s);
}

TEST_F(HealthTest, ASlowStartEndsWithItsSetting) {
    pass();
    fall();
    recover();
    EXPECT_EQ(ramp(), 10U);
    settings_.slow_start = 0s;
    change();
    EXPECT_EQ(ramp(), 100U);
}

}  // namespace
}  // namespace balancer

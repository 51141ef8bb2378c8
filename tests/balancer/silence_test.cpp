#include "balancer/silence.h"

#include <gtest/gtest.h>

namespace balancer {
namespace {

using namespace std::chrono_literals;
using TimePoint = Silence::TimePoint;

const BackendId kMute(3);

TEST(Silence, ThreeThatWaitInARowMakeABackendSuspect) {
    const TimePoint start{};
    Silence silence;
    for (int i = 0; i < 2; ++i) silence.note_waiting(kMute, start, start + 200ms);
    EXPECT_FALSE(silence.is_suspected(kMute, start + 200ms));
    silence.note_waiting(kMute, start + 50ms, start + 250ms);
    EXPECT_TRUE(silence.is_suspected(kMute, start + 250ms));
    EXPECT_FALSE(silence.is_suspected(BackendId(4), start + 250ms));
}

TEST(Silence, OneAnswerTakesAllBack) {
    const TimePoint start{};
    Silence silence;
    for (int i = 0; i < 5; ++i) silence.note_waiting(kMute, start, start + 1s);
    EXPECT_EQ(silence.note_lost(kMute, start + 1s).failures, 1u);
    silence.note_answer(kMute);
    EXPECT_FALSE(silence.is_suspected(kMute, start + 1s));
    EXPECT_FALSE(silence.hangs(kMute, start + 1s));
    EXPECT_EQ(silence.note_lost(kMute, start + 1s).failures, 0u) << "of before the answer";
    silence.note_waiting(kMute, start + 1s, start + 2s);
    EXPECT_FALSE(silence.is_suspected(kMute, start + 2s));
}

TEST(Silence, ABackendHangsOnceTheFirstHasWaitedForLong) {
    const TimePoint start{};
    Silence silence;
    for (int i = 0; i < 3; ++i) silence.note_waiting(kMute, start + i * 50ms, start + 300ms);
    EXPECT_FALSE(silence.hangs(kMute, start + 749ms));
    EXPECT_TRUE(silence.hangs(kMute, start + 750ms));
}

TEST(Silence, LostSessionsAreFailuresFromThenOnAndThoseOfBeforeWithThem) {
    const TimePoint start{};
    Silence silence;
    for (int i = 0; i < 3; ++i) {
        silence.note_waiting(kMute, start, start + 200ms);
        EXPECT_EQ(silence.note_lost(kMute, start + 210ms).failures, 0u);
    }
    const auto lost = silence.note_lost(kMute, start + 800ms);
    EXPECT_EQ(lost.failures, 4u);
    EXPECT_FALSE(lost.is_enough);
    EXPECT_EQ(silence.note_lost(kMute, start + 810ms).failures, 1u);
    EXPECT_TRUE(silence.note_lost(kMute, start + 820ms).is_enough);
}

TEST(Silence, ARowThatNobodyAddsToIsForgotten) {
    const TimePoint start{};
    Silence silence;
    for (int i = 0; i < 3; ++i) silence.note_waiting(kMute, start, start + 200ms);
    EXPECT_TRUE(silence.is_suspected(kMute, start + 60s));
    EXPECT_FALSE(silence.is_suspected(kMute, start + 61s));
    silence.note_waiting(kMute, start + 62s, start + 63s);
    EXPECT_FALSE(silence.is_suspected(kMute, start + 63s)) << "the first of another row";
}

}  // namespace
}  // namespace balancer

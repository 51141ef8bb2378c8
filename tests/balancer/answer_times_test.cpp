#include "balancer/answer_times.h"

#include <gtest/gtest.h>

namespace balancer {
namespace {

using namespace std::chrono_literals;

const BackendId kOne(3);

TEST(AnswerTimes, AMomentIsFourTimesTheUsualAnswer) {
    AnswerTimes times;
    times.note_answer(kOne, 80ms);
    EXPECT_EQ(times.moment(kOne, false), 320ms);
    for (int i = 0; i < 40; ++i) times.note_answer(kOne, 120ms);
    EXPECT_GE(times.moment(kOne, false), 470ms);
    EXPECT_LE(times.moment(kOne, false), 480ms);
}

TEST(AnswerTimes, AHiccupIsWaitedForAndABackendThatOthersWaitForIsNot) {
    AnswerTimes times;
    times.note_answer(kOne, 10ms);
    EXPECT_EQ(times.moment(kOne, false), 200ms);
    EXPECT_EQ(times.moment(kOne, true), 40ms);
    times = {};
    times.note_answer(kOne, 1ms);
    EXPECT_EQ(times.moment(kOne, true), 20ms);
}

TEST(AnswerTimes, ABackendThatNobodyKnowsGetsMoreTime) {
    AnswerTimes times;
    times.note_answer(BackendId(4), 1ms);
    EXPECT_EQ(times.moment(kOne, false), 500ms);
    EXPECT_EQ(times.moment(kOne, true), 200ms);
}

TEST(AnswerTimes, OneAnswerThatTookForeverIsSoonForgotten) {
    AnswerTimes times;
    for (int i = 0; i < 40; ++i) times.note_answer(kOne, 5ms);
    times.note_answer(kOne, 1h);
    EXPECT_LE(times.moment(kOne, false), 530ms);
    for (int i = 0; i < 10; ++i) times.note_answer(kOne, 5ms);
    EXPECT_EQ(times.moment(kOne, false), 200ms);
}

TEST(AnswerTimes, ASlowBackendGetsItsTimeAndNeverMoreThanFourSeconds) {
    AnswerTimes times;
    for (int i = 0; i < 40; ++i) times.note_answer(kOne, 30s);
    EXPECT_EQ(times.moment(kOne, false), 4s);
    times.note_answer(kOne, -5ms);  // clocks of a test
    EXPECT_GE(times.moment(kOne, false), 3s);
}

}  // namespace
}  // namespace balancer

#include "balancer/patience.h"

#include <gtest/gtest.h>

namespace balancer {
namespace {

using namespace std::chrono_literals;
using TimePoint = Patience::TimePoint;

const BackendId kSilent(1);
const BackendId kNext(2);
const TimePoint kStart = TimePoint{} + 1h;

class PatienceTest : public testing::Test {
protected:
    Patience patience;

    void wait_at(BackendId backend, int sessions, TimePoint began) {
        for (int i = 0; i < sessions; ++i) patience.note_waiting(backend, began, began + 200ms);
    }
    int granted(int asked, TimePoint now, bool only_if_hung = false) {
        int count = 0;
        for (int i = 0; i < asked; ++i)
            count += patience.may_try_beside(kSilent, kNext, only_if_hung, now) ? 1 : 0;
        return count;
    }
};

TEST_F(PatienceTest, AFewLateAnswersAreHelpedAtAnyRate) {
    EXPECT_EQ(granted(10, kStart), 3);
    EXPECT_EQ(granted(10, kStart + 59s), 0);
    EXPECT_EQ(granted(10, kStart + 61s), 1);
    EXPECT_EQ(granted(10, kStart + 1h), 3);
}

TEST_F(PatienceTest, InQuietTimesOneOfTwentyIs) {
    granted(3, kStart);
    for (int i = 0; i < 70; ++i) patience.note_session();
    EXPECT_EQ(granted(70, kStart), 3);
    for (int i = 0; i < 10'000; ++i) patience.note_session();
    EXPECT_EQ(granted(1'000, kStart), 10) << "not all is saved up";
}

TEST_F(PatienceTest, ABackendThatSeveralWaitForIsPassedAtOnceWhateverItTakes) {
    granted(3, kStart);
    wait_at(kSilent, 2, kStart);
    EXPECT_EQ(granted(5, kStart + 250ms), 0);
    wait_at(kSilent, 1, kStart);
    EXPECT_EQ(granted(50, kStart + 250ms), 50);
    patience.note_answer(kSilent, 250ms);
    EXPECT_EQ(granted(5, kStart + 250ms), 0);
}

TEST_F(PatienceTest, WhereAllAreSilentTheBudgetCounts) {
    wait_at(kSilent, 9, kStart);
    wait_at(kNext, 9, kStart);
    EXPECT_EQ(granted(50, kStart + 250ms), 3);
}

TEST_F(PatienceTest, WhoWouldLoseSomethingWaitsUntilTheBackendIsKnownToHang) {
    EXPECT_EQ(granted(1, kStart, true), 0);
    wait_at(kSilent, 3, kStart);
    EXPECT_EQ(granted(1, kStart + 700ms, true), 0);
    EXPECT_EQ(granted(1, kStart + 750ms, true), 1);
    patience.note_answer(kSilent, 800ms);
    EXPECT_EQ(granted(1, kStart + 800ms, true), 0);
    EXPECT_EQ(granted(1, kStart + 800ms, false), 1) << "and has spent nothing of the budget";
}

TEST_F(PatienceTest, OneThatHangsGetsNoMomentLongerThanItsUsualTime) {
    patience.note_answer(kSilent, 10ms);
    EXPECT_EQ(patience.moment(kSilent, kStart), 200ms);
    wait_at(kSilent, 3, kStart);
    EXPECT_EQ(patience.moment(kSilent, kStart + 250ms), 40ms);
}

TEST_F(PatienceTest, ALongWaitIsAskedForRarely) {
    EXPECT_EQ(Patience::ask_again_after(20ms), 50ms);
    EXPECT_EQ(Patience::ask_again_after(1s), 250ms);
    EXPECT_EQ(Patience::ask_again_after(1h), 1s);
}

}  // namespace
}  // namespace balancer

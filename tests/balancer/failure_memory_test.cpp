#include "balancer/failure_memory.h"

#include <gtest/gtest.h>

namespace balancer {
namespace {

using namespace std::chrono_literals;
using TimePoint = FailureMemory::TimePoint;

const BackendId kFailing(3);

TEST(FailureMemory, RestsTwoSecondsAfterAFailure) {
    const TimePoint start{};
    FailureMemory memory;
    EXPECT_FALSE(memory.is_resting(kFailing, start));
    memory.note_failure(kFailing, start);
    EXPECT_TRUE(memory.is_resting(kFailing, start));
    EXPECT_TRUE(memory.is_resting(kFailing, start + 1999ms));
    EXPECT_FALSE(memory.is_resting(kFailing, start + 2s));
    EXPECT_FALSE(memory.is_resting(BackendId(4), start));
}

TEST(FailureMemory, DoublesTheRestUpToThirtySeconds) {
    TimePoint now{};
    FailureMemory memory;
    for (const std::chrono::seconds rest : {2s, 4s, 8s, 16s, 30s, 30s}) {
        memory.note_failure(kFailing, now);
        EXPECT_TRUE(memory.is_resting(kFailing, now + rest - 1ms)) << rest.count();
        now += rest;
        EXPECT_FALSE(memory.is_resting(kFailing, now)) << rest.count();
    }
}

TEST(FailureMemory, ManyFailuresAtOnceAreOneFailure) {
    const TimePoint start{};
    FailureMemory memory;
    for (int i = 0; i < 100; ++i) memory.note_failure(kFailing, start + i * 10ms);
    EXPECT_FALSE(memory.is_resting(kFailing, start + 2s));
}

TEST(FailureMemory, SuccessForgetsAllFailures) {
    const TimePoint start{};
    FailureMemory memory;
    memory.note_failure(kFailing, start);
    memory.note_success(kFailing);
    EXPECT_FALSE(memory.is_resting(kFailing, start));
    memory.note_failure(kFailing, start + 2s);
    EXPECT_FALSE(memory.is_resting(kFailing, start + 4s));
}

TEST(FailureMemory, AFailureLongAfterTheLastStartsAnew) {
    const TimePoint start{};
    FailureMemory memory;
    memory.note_failure(kFailing, start);
    memory.note_failure(kFailing, start + 3600s);
    EXPECT_FALSE(memory.is_resting(kFailing, start + 3602s));
}

}  // namespace
}  // namespace balancer

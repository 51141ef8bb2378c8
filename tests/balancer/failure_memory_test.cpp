#include "balancer/failure_memory.h"

#include <gtest/gtest.h>

namespace balancer {
namespace {

using namespace std::chrono_literals;
using TimePoint = FailureMemory::TimePoint;

const BackendId kBackend(3);

TEST(FailureMemory, RestsTwoSecondsAfterAFailure) {
    const TimePoint start{};
    FailureMemory memory;
    EXPECT_FALSE(memory.is_resting(kBackend, start));
    memory.note_failure(kBackend, start);
    EXPECT_TRUE(memory.is_resting(kBackend, start));
    EXPECT_TRUE(memory.is_resting(kBackend, start + 1999ms));
    EXPECT_FALSE(memory.is_resting(kBackend, start + 2s));
    EXPECT_FALSE(memory.is_resting(BackendId(4), start));
}

TEST(FailureMemory, DoublesTheRestUpToThirtySeconds) {
    TimePoint now{};
    FailureMemory memory;
    for (const std::chrono::seconds rest : {2s, 4s, 8s, 16s, 30s, 30s}) {
        memory.note_failure(kBackend, now);
        EXPECT_TRUE(memory.is_resting(kBackend, now + rest - 1ms)) << rest.count();
        now += rest;
        EXPECT_FALSE(memory.is_resting(kBackend, now)) << rest.count();
    }
}

TEST(FailureMemory, ManyFailuresAtOnceAreOneFailure) {
    const TimePoint start{};
    FailureMemory memory;
    for (int i = 0; i < 100; ++i) memory.note_failure(kBackend, start + i * 10ms);
    EXPECT_FALSE(memory.is_resting(kBackend, start + 2s));
}

TEST(FailureMemory, SuccessForgetsAllFailures) {
    const TimePoint start{};
    FailureMemory memory;
    memory.note_failure(kBackend, start);
    memory.note_success(kBackend);
    EXPECT_FALSE(memory.is_resting(kBackend, start));
    memory.note_failure(kBackend, start + 2s);
    EXPECT_FALSE(memory.is_resting(kBackend, start + 4s));
}

TEST(FailureMemory, AFailureLongAfterTheLastStartsAnew) {
    const TimePoint start{};
    FailureMemory memory;
    memory.note_failure(kBackend, start);
    memory.note_failure(kBackend, start + 3600s);
    EXPECT_FALSE(memory.is_resting(kBackend, start + 3602s));
}

}  // namespace
}  // namespace balancer

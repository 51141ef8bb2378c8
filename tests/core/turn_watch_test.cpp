#include "core/turn_watch.h"

#include <gtest/gtest.h>

#include "core/event_loop.h"
#include "core/timer.h"
#include "tests/core/connection_scene.h"

namespace {

using namespace test;
using namespace std::chrono_literals;

/// Keeps the processor for so long.
void work_for(std::chrono::milliseconds time) {
    const auto end = core::Clock::now() + time;
    while (core::Clock::now() < end) continue;
}

class TurnWatchTest : public ConnectionTest {
protected:
    std::chrono::microseconds longest() { return loop.turn().take_longest(); }
};

TEST_F(TurnWatchTest, SeesATaskThatTakesLong) {
    loop.post([] { work_for(20ms); });
    loop.run_once();
    EXPECT_GE(longest(), 20ms);
    EXPECT_LT(longest(), 10ms) << "and only once";
}

TEST_F(TurnWatchTest, SeesATimerThatTakesLong) {
    core::Timer timer(loop, [] { work_for(20ms); });
    timer.start_now();
    loop.run_once();
    EXPECT_GE(longest(), 20ms);
}

TEST_F(TurnWatchTest, AddsUpWhatIsInOneTurn) {
    core::Timer one(loop, [] { work_for(10ms); });
    core::Timer other(loop, [] { work_for(10ms); });
    one.start_now();
    other.start_now();
    loop.run_once();
    EXPECT_GE(longest(), 20ms);
}

TEST_F(TurnWatchTest, TurnsAreApartAndWaitingIsNone) {
    core::Timer timer(loop, [] { work_for(10ms); });
    for (int turn = 0; turn < 3; ++turn) {
        timer.start(5ms);
        ASSERT_TRUE(wait([&] { return !timer.is_running(); }));
    }
    EXPECT_GE(longest(), 10ms);
    EXPECT_LT(longest(), 10ms);
}

TEST_F(TurnWatchTest, SeesATurnOfManyReads) {
    constexpr int kMany = 100;
    std::vector<Pair> pairs(kMany);
    std::vector<std::unique_ptr<Recorder>> owners;
    std::vector<std::unique_ptr<Connection>> connections;
    for (Pair& pair : pairs) {
        owners.push_back(std::make_unique<Recorder>());
        owners.back()->consume = [](std::string_view window) {
            work_for(1ms);
            return window.size();
        };
        connections.push_back(
            std::make_unique<Connection>(loop, std::move(pair.near), *owners.back(), marks));
        connections.back()->resume_reading();
        write_all(pair.far, "x");
    }
    // libevent takes 32 events in one turn at first, and more where there are more.
    for (int turn = 0; turn < 5; ++turn) loop.run_once();
    EXPECT_GE(longest(), 14ms);
}

}  // namespace

#pragma once
// Turns an event loop until something holds, or a generous deadline has passed: no test sleeps.

#include <unistd.h>

#include <chrono>
#include <functional>

#include "core/event_loop.h"

namespace test {

inline bool run_until(core::EventLoop& loop, const std::function<bool()>& holds) {
    const auto deadline = core::Clock::now() + std::chrono::seconds(20);
    while (!holds()) {
        if (core::Clock::now() > deadline) return false;
        loop.run_once();
        ::usleep(200);
    }
    return true;
}

}  // namespace test

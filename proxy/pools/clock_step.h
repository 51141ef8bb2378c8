#pragma once
// How long a clock with any number of deadlines sleeps. Pure; any thread.

#include <algorithm>
#include <chrono>

#include "core/event_loop.h"

namespace proxy {

/// A timer's time for the next deadline, in `remaining` (negative: it has passed): one of few
/// values, since libevent keeps a queue for each (core/timer) and complains about more than 256. In
/// tens of milliseconds, rounded up; a second at most, so that the sleeper looks again.
inline std::chrono::milliseconds clock_step(core::Clock::duration remaining) {
    constexpr std::chrono::milliseconds kGrain{10};
    constexpr std::chrono::milliseconds kLongest{1'000};
    const auto whole = std::clamp(std::chrono::ceil<std::chrono::milliseconds>(remaining),
                                  std::chrono::milliseconds(0), kLongest);
    return (whole + kGrain - std::chrono::milliseconds(1)) / kGrain * kGrain;
}

}  // namespace proxy

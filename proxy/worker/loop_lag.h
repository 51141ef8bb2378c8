#pragma once
// How long what is ready waits for a loop: its longest turns say it, and its timers. Loop thread
// only, but for the count.

#include <array>
#include <chrono>
#include <cstddef>

#include "core/count.h"
#include "core/event_loop.h"
#include "core/timer.h"

namespace proxy {

class LoopLag {
public:
    static constexpr std::chrono::milliseconds kEvery{1'000};
    /// `worst` is that of the last so many seconds: more than lies between two looks of monitoring.
    static constexpr std::size_t kKept = 15;

    LoopLag(core::EventLoop& loop, core::Count& worst);

private:
    void note();

    core::EventLoop& loop_;
    core::Count& worst_;
    core::TimePoint due_;
    std::array<std::chrono::microseconds, kKept> last_{};
    std::size_t next_ = 0;
    core::Timer timer_;
};

}  // namespace proxy

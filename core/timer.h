#pragma once
// A single-shot timer on an EventLoop. Destroyed means cancelled. Loop thread only.

#include <chrono>
#include <functional>

#include "core/event_loop.h"

namespace core {

class Timer {
public:
    /// `common` timers share one queue per duration (event_base_init_common_timeout): starting and
    /// cancelling one is O(1) however many sessions wait for the same deadline.
    Timer(EventLoop& loop, std::function<void()> on_expired);
    ~Timer();
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    /// (Re)starts the timer. The callback may destroy the timer.
    void start(std::chrono::milliseconds after);
    void cancel();
    bool is_running() const;

private:
    EventLoop& loop_;
    std::function<void()> on_expired_;
    Event event_;
};

}  // namespace core

#pragma once
// A single-shot timer on an EventLoop. Destroyed means cancelled. Loop thread only.

#include <cassert>
#include <chrono>
#include <functional>

#include "core/event_loop.h"

namespace core {

class Timer {
public:
    Timer(EventLoop& loop, std::function<void()> on_expired);
    ~Timer() { assert(loop_.is_own_thread()); }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    /// (Re)starts the timer. The callback may destroy the timer.
    void start(std::chrono::milliseconds after);
    /// (Re)starts it so that it expires at once, but from the loop, never within the call.
    void start_now() { start(std::chrono::milliseconds(0)); }
    void cancel();
    bool is_running() const;

private:
    EventLoop& loop_;
    std::function<void()> on_expired_;
    Event event_;
};

}  // namespace core

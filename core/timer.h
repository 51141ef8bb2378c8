#pragma once
// A single-shot timer on an EventLoop. Destroyed means cancelled. Loop thread only.

#include <chrono>
#include <functional>

#include "core/event_loop.h"

namespace core {

class Timer {
public:
    Timer(EventLoop& loop, std::function<void()> on_expired);

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

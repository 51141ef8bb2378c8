#pragma once
// The pace of an eviction: how many of the sessions that are left have to go now, so that they go
// evenly over a time and their clients do not come back as a herd. Pure, time injected.

#include <chrono>
#include <cstddef>

#include "core/event_loop.h"

namespace proxy {

class Eviction {
public:
    /// How often due() is meant to be asked.
    static constexpr std::chrono::milliseconds kStep{100};

    /// `total` sessions are to go until `over` has passed since `now`.
    Eviction(std::size_t total, core::TimePoint now, std::chrono::milliseconds over)
        : total_(total), end_(now + over), over_(over) {}

    /// Of the `left` sessions, those to end now. Those that went by themselves count, too.
    std::size_t due(std::size_t left, core::TimePoint now) const;

private:
    std::size_t total_;
    core::TimePoint end_;
    std::chrono::milliseconds over_;
};

}  // namespace proxy

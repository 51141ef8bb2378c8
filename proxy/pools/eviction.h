#pragma once
// The pace of an eviction: how many of the sessions that are left have to go now, so that they go
// evenly over a time and their clients do not come back as a herd. Pure, time injected.

#include <chrono>
#include <cstddef>
#include <string_view>

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

/// What becomes of the sessions of a backend that goes into maintenance, in words; as the pool's
/// `resume_anywhere` says.
std::string_view maintenance_effect(bool resume_anywhere);

}  // namespace proxy

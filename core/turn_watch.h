#pragma once
// How long a loop's turns last at worst: until a turn is over, nothing else that is ready is
// served. libevent reads the clock once a turn, and keeps what it read: two looks that find the
// same are in one turn, and what lies between them is a part of it. Reading is looked at once in
// some calls, so that a relayed stanza pays a few instructions, and a long turn of many reads is
// still seen. Loop thread only.

#include <event2/event.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace core {

class TurnWatch {
public:
    using Clock = std::chrono::steady_clock;

    /// Of a base that outlives it.
    explicit TurnWatch(event_base* base) : base_(base) {}

    /// Before what is often called, and short.
    void note() noexcept {
        if (++calls_ % kCallsOfALook == 0) look();
    }
    /// Before and behind what may take long.
    void look() noexcept {
        timeval turn{};
        event_base_gettimeofday_cached(base_, &turn);
        const Clock::time_point now = Clock::now();
        if (turn.tv_sec != turn_.tv_sec || turn.tv_usec != turn_.tv_usec) {
            turn_ = turn;
            first_look_ = now;
        }
        longest_ = std::max(longest_, now - first_look_);
    }
    /// Of the turns since the last call, the one under way included as far as it was looked at.
    std::chrono::microseconds take_longest() noexcept {
        return std::chrono::duration_cast<std::chrono::microseconds>(
            std::exchange(longest_, Clock::duration::zero()));
    }

private:
    static constexpr std::uint32_t kCallsOfALook = 16;

    event_base* base_;
    std::uint32_t calls_ = 0;
    timeval turn_{};
    Clock::time_point first_look_;
    Clock::duration longest_{};
};

/// Looks now and when the scope is left.
class TurnLooks {
public:
    explicit TurnLooks(TurnWatch& watch) : watch_(watch) { watch_.look(); }
    ~TurnLooks() { watch_.look(); }
    TurnLooks(const TurnLooks&) = delete;
    TurnLooks& operator=(const TurnLooks&) = delete;

private:
    TurnWatch& watch_;
};

}  // namespace core

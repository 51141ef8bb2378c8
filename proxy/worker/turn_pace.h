#pragma once
// How many connections may begin in one turn of the loop, so that its turns stay short while more
// come than the machine can serve: then what lives meets a small delay. What counts is work, not
// connections: many that think slowly may begin at once. Pure; one thread.
//
// A turn takes as long as all the work that became ready meanwhile. So over a while the length of
// the turns divided by the connections that began is what one costs here, with whatever else the
// loop does, and with the time that the system gives to others. The mean over a while is needed:
// under a quota of a control group one turn lasts 1 ms and the next one 92 ms, with the same work.
//
// Why: proxy/README.md, "As many as keep turns short".

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/event_loop.h"

namespace proxy {

class TurnPace {
public:
    using Seconds = std::chrono::duration<double>;

    /// What turns shall take, on average.
    static constexpr Seconds kTurn{0.05};
    /// The mean is that of about the last second.
    static constexpr Seconds kWhile{1.0};
    /// In the first turn, of which nothing is known. Later at most twice as many as in the last.
    static constexpr unsigned kFirst = 16;

    /// Few who come in a moment are no crowd, and measuring turns for them would cost more than it
    /// tells. A loop that is late takes those who came meanwhile in one go.
    static constexpr unsigned kFew = 4;
    static constexpr std::chrono::milliseconds kMoment{10};

    /// One comes while turns are not measured. Shall they be from now on?
    bool is_crowd(core::TimePoint now) noexcept {
        if (now - moment_ > kMoment) {
            moment_ = now;
            came_ = 0;
        }
        return ++came_ > kFew;
    }

    bool has_room() const noexcept { return begun_ < most_; }
    void note_begun() noexcept { ++begun_; }
    /// In the turn that goes on.
    unsigned begun() const noexcept { return begun_; }
    /// How many may begin in the turn that goes on. At least one: a loop that has nothing else to
    /// do must not wait for anything.
    unsigned most() const noexcept { return most_; }

    /// A turn of that length is over, and the next one begins.
    void end_turn(Seconds took) noexcept {
        const double kept = kWhile / (kWhile + took);
        spent_ = spent_ * kept + took;
        begun_lately_ = begun_lately_ * kept + begun_;
        const double fitting = spent_.count() > 0 ? begun_lately_ * (kTurn / spent_) : 0;
        const unsigned growing = std::max(kFirst, 2 * begun_);
        most_ = static_cast<unsigned>(std::lround(std::clamp<double>(fitting, 1, growing)));
        begun_ = 0;
    }

    /// Nobody waits and nobody begins: what was learnt is forgotten, for the next crowd may cost
    /// more.
    void rest() noexcept { *this = TurnPace(); }

private:
    Seconds spent_ = kTurn;  // a first guess, of little weight
    double begun_lately_ = kFirst;
    unsigned most_ = kFirst;
    unsigned begun_ = 0;
    core::TimePoint moment_;  // its beginning, and who came in it
    unsigned came_ = 0;
};

}  // namespace proxy

#pragma once
// How many second attempts a worker may make beside first ones that are late, while no backend is
// known to hang: one for twenty sessions, and a few at any rate. Its worker's thread only; time is
// an argument.

#include <algorithm>
#include <chrono>

namespace balancer {

class HedgeBudget {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    static constexpr double kForEachSession = 0.05;
    static constexpr double kMost = 10;  // saved up
    static constexpr double kFloor = 3;  // there from the start, and again after a while
    static constexpr std::chrono::seconds kFloorStep{60};  // for each of them

    void note_session() { tokens_ = std::min(tokens_ + kForEachSession, kMost); }
    /// Takes one, if one is there.
    bool spend(TimePoint now) {
        if (tokens_ < kFloor && filled_ != TimePoint{}) {
            const std::chrono::duration<double> passed = now - filled_;
            tokens_ = std::min(tokens_ + passed / kFloorStep, kFloor);
        }
        filled_ = now;
        if (tokens_ < 1) return false;
        tokens_ -= 1;
        return true;
    }

private:
    double tokens_ = kFloor;
    TimePoint filled_{};  // when the floor was looked at last
};

}  // namespace balancer

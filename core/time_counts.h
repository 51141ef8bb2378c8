#pragma once
// Times, counted by steps: a histogram that one thread fills and any thread reads. Standard library
// only.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <numeric>

#include "core/count.h"

namespace core {

/// Upper ends of the steps, in seconds; above the last there is no end.
inline constexpr std::array<double, 12> kTimeSteps{0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                   0.5,   1,    2.5,   5,    10,  30};

/// The same numbers, added up.
struct TimeTally {
    std::array<std::uint64_t, kTimeSteps.size() + 1> counts{};
    double seconds = 0;  // of all

    std::uint64_t count() const noexcept {
        return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
    }
};

class TimeCounts {
public:
    /// By the one thread that counts.
    void note(std::chrono::microseconds took) noexcept {
        const double seconds = std::chrono::duration<double>(took).count();
        const auto step = std::lower_bound(kTimeSteps.begin(), kTimeSteps.end(), seconds);
        counts_[static_cast<std::size_t>(step - kTimeSteps.begin())].add();
        microseconds_.add(static_cast<std::uint64_t>(took.count()));
    }
    /// Any thread.
    void add_to(TimeTally& tally) const noexcept {
        for (std::size_t i = 0; i < counts_.size(); ++i) tally.counts[i] += counts_[i].value();
        tally.seconds += static_cast<double>(microseconds_.value()) / 1e6;
    }

private:
    std::array<Count, kTimeSteps.size() + 1> counts_;
    Count microseconds_;
};

}  // namespace core

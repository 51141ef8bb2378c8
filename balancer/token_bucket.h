#pragma once
// Tokens that come at a steady rate and are kept up to a capacity. A bucket fills when it is asked,
// so that an unused one costs nothing. Time is an argument, and may stand still or go back a
// little.

#include <algorithm>
#include <chrono>

namespace balancer {

struct TokenBucket {
    using TimePoint = std::chrono::steady_clock::time_point;

    double tokens = 0;
    TimePoint filled{};  // tokens are right as of then

    void fill(double per_second, double capacity, TimePoint now) noexcept {
        const double seconds = std::chrono::duration<double>(now - filled).count();
        tokens = std::min(tokens + std::max(seconds, 0.0) * per_second, capacity);
        filled = std::max(filled, now);
    }
};

}  // namespace balancer

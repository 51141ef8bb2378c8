#pragma once
// A short memory of backends that could not be reached: such a backend rests, which means it is
// tried after all others, for 2 s after its first failure in a row, doubling up to 30 s. Passive
// and per worker; health checks are another room. Time is an argument.

#include <chrono>
#include <unordered_map>

#include "balancer/backend_id.h"

namespace balancer {

class FailureMemory {
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::seconds kFirstRest{2};
    static constexpr std::chrono::seconds kLongestRest{30};

    void note_failure(BackendId backend, TimePoint now);
    /// Forgets all failures of the backend.
    void note_success(BackendId backend) { resting_.erase(backend); }
    bool is_resting(BackendId backend, TimePoint now) const;
    /// Whether any backend is remembered, at rest or not.
    bool any() const noexcept { return !resting_.empty(); }

private:
    struct Rest {
        TimePoint until;
        std::chrono::seconds length;
    };
    std::unordered_map<BackendId, Rest> resting_;  // at most one entry per backend
};

}  // namespace balancer

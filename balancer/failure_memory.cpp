// A rest that is over stays remembered for kLongestRest, so that the next failure soon after it
// doubles the rest instead of starting anew.

#include "balancer/failure_memory.h"

#include <algorithm>

namespace balancer {

void FailureMemory::note_failure(BackendId backend, TimePoint now) {
    const auto [entry, is_first] =
        resting_.try_emplace(backend, Rest{now + kFirstRest, kFirstRest});
    if (is_first) return;
    Rest& rest = entry->second;
    // Sessions that were already trying when the rest began are news of the same failure.
    if (now < rest.until) return;
    const bool is_in_a_row = now < rest.until + kLongestRest;
    rest.length = is_in_a_row ? std::min(rest.length * 2, kLongestRest) : kFirstRest;
    rest.until = now + rest.length;
}

bool FailureMemory::is_resting(BackendId backend, TimePoint now) const {
    if (resting_.empty()) return false;
    const auto entry = resting_.find(backend);
    return entry != resting_.end() && now < entry->second.until;
}

}  // namespace balancer

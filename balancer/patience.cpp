#include "balancer/patience.h"

#include <algorithm>

namespace balancer {

namespace {

constexpr Patience::Milliseconds kSoonest{50};
constexpr Patience::Milliseconds kLatest{1'000};

}  // namespace

bool Patience::may_try_beside(BackendId silent, BackendId next, bool only_if_hung, TimePoint now) {
    if (only_if_hung && !silence_.hangs(silent, now)) return false;
    // Where the next one is as silent, what both depend on may be slow: then more connections would
    // only add to its load.
    if (silence_.is_suspected(silent, now) && !silence_.is_suspected(next, now)) return true;
    return budget_.spend(now);
}

Patience::Milliseconds Patience::ask_again_after(Duration waited) {
    return std::clamp(std::chrono::ceil<Milliseconds>(waited / 4), kSoonest, kLatest);
}

}  // namespace balancer

#include "balancer/silence.h"

#include <utility>

namespace balancer {

void Silence::note_waiting(BackendId backend, TimePoint began, TimePoint now) {
    const auto [entry, is_first] = rows_.try_emplace(backend, Row{began, now});
    Row& row = entry->second;
    if (now - row.last > kForgotten) row = {began, now};
    row.last = now;
    ++row.waiting;
}

Silence::Lost Silence::note_lost(BackendId backend, TimePoint now) {
    const auto entry = rows_.find(backend);
    if (entry == rows_.end()) return {};
    Row& row = entry->second;
    ++row.lost;
    if (!hangs(backend, now)) return {};
    return {.failures = row.lost - std::exchange(row.failures, row.lost),
            .is_enough = row.lost >= kEnough};
}

bool Silence::hangs(BackendId backend, TimePoint now) const {
    const Row* known = row(backend, now);
    return known != nullptr && now - known->since >= kHangs;
}

const Silence::Row* Silence::row(BackendId backend, TimePoint now) const {
    if (rows_.empty()) return nullptr;
    const auto entry = rows_.find(backend);
    if (entry == rows_.end()) return nullptr;
    const Row& row = entry->second;
    return row.waiting >= kSuspects && now - row.last <= kForgotten ? &row : nullptr;
}

}  // namespace balancer

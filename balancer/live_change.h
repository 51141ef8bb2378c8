#pragma once
// Changes of state while the pool serves: the operator's weight and admin state, and what health
// checks found. Pure: each returns a new snapshot, which the caller posts to the workers
// (Router::replace_table). One thread makes all changes, or one of two at once would be lost.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "balancer/backend_pool.h"
#include "core/result.h"

namespace balancer {

/// A new snapshot, or words for the operator: what is unknown and which names are near.
using Changed = core::Result<std::shared_ptr<const BackendPool>, std::string>;

/// Sets a weight, 0 to kMaxWeight, until the configuration's own weight changes; 0 takes no new
/// sessions. What a slow start is doing goes on, in its share of the new weight.
Changed with_weight(const BackendPool& pool, std::string_view backend, std::uint64_t weight);
Changed with_admin_state(const BackendPool& pool, std::string_view backend, AdminState state);

/// What the health machine says of one backend.
struct HealthReport {
    BackendId backend;
    Health health = Health::unknown;
    std::uint32_t ramp = kFullRamp;  // percent of the weight
};
/// All reports in one snapshot. Backends that are not in the pool (any more) are passed over.
std::shared_ptr<const BackendPool> with_health(const BackendPool& pool,
                                               std::span<const HealthReport> reports);

/// `fresh` with the states of `before` for members that are in both, by id: admin state and health
/// stay; a weight that was set stays unless the configuration's own weight has changed since.
std::shared_ptr<const BackendPool> keep_states(const BackendPool& fresh, const BackendPool& before);

}  // namespace balancer

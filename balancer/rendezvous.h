#pragma once
// Sticky choice without shared memory: weighted rendezvous hashing with bounded load. A pure
// function of key, members and their sessions; any thread.

#include <cstdint>

namespace balancer {

/// Where a key would like to go among members, both as balancer/hash_key.h makes them: the highest
/// score wins. A member wins a share of all
/// keys as large as its share of the weights; when a member comes, goes or changes its weight, only
/// keys that it wins or loses move. (Thaler, Ravishankar: Using name-based mappings to increase hit
/// rates, 1998; the weights as in Schindelhauer, Schomaker: Weighted distributed hash tables,
/// 2005.)
double rendezvous_score(std::uint64_t key, std::uint64_t member, std::uint32_t weight);

/// Bounded load (Mirrokni, Thorup, Zadimoghaddam: Consistent hashing with bounded loads, 2018): a
/// member is passed over while it has 1.25 times its fair share of the tier's sessions, the
/// coming one included and rounded up. Each proxy counts its own sessions, so two proxies may pass
/// over differently while a member is that crowded; below, they always agree.
bool is_over_fair_share(std::uint32_t sessions, std::uint64_t tier_sessions, std::uint32_t weight,
                        std::uint64_t tier_weight);

/// Below so many sessions a member is never passed over: a share of next to nothing says nothing
/// about load, and would only scatter the few users.
inline constexpr std::uint32_t kFreeSessions = 16;

}  // namespace balancer

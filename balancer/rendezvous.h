#pragma once
// Sticky choice without shared memory: weighted rendezvous hashing with bounded load. A pure
// function of key, members and their sessions; any thread.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace balancer {

/// How many slots the keys of balancer/hash_key.h fall into. All keys of one slot go the same way,
/// so the winners of a large tier can be computed before any key comes. With 300 members each has
/// about 55 slots.
inline constexpr std::uint32_t kHashSlots = 1U << 14;
std::uint32_t slot_of(std::uint64_t key);

/// Where a slot's keys would like to go among members: the highest score wins. A member wins a
/// share of all slots as large as its share of the weights; when a member comes, goes or changes
/// its weight, only slots that it wins or loses move. (Thaler, Ravishankar: Using name-based
/// mappings to increase hit rates, 1998; the weights as in Schindelhauer, Schomaker: Weighted
/// distributed hash tables, 2005.)
double rendezvous_score(std::uint32_t slot, std::uint64_t member, std::uint32_t weight);

/// Tiers of up to this many members are ranked for each key. Larger ones have a table of winners.
inline constexpr std::size_t kRankedMembers = 16;

/// The winner of each slot, by its place in the list it was made from.
using Homes = std::vector<std::uint16_t>;
struct HashMember {
    std::uint64_t name_hash;
    std::uint32_t weight;  // not 0
};
Homes make_homes(std::span<const HashMember> members);

/// Bounded load (Mirrokni, Thorup, Zadimoghaddam: Consistent hashing with bounded loads, 2018): a
/// member is passed over while it has 1.25 times its fair share of the tier's sessions, the
/// coming one included and rounded up. Each proxy counts its own sessions, so two proxies may pass
/// over differently while a member is that crowded; below, they always agree.
bool is_over_fair_share(std::uint32_t sessions, std::uint64_t tier_sessions, std::uint32_t weight,
                        std::uint64_t tier_weight);

/// A member with fewer sessions than this is never passed over: a share of next to nothing says
/// nothing about load, and would only scatter the few users.
inline constexpr std::uint32_t kFreeSessions = 16;

}  // namespace balancer

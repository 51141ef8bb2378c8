// The logarithm makes the largest of many draws fall to each member by its weight: -ln(u) / w is an
// exponential variable of rate w, and the smallest of those is the member's with chance w / W.

#include "balancer/rendezvous.h"

#include <cmath>

#include "balancer/backend_id.h"
#include "balancer/member_state.h"
#include "balancer/random.h"

namespace balancer {

namespace {

/// Between 0 and 1 and never one of them, so that the logarithm is neither infinite nor 0.
double draw(std::uint64_t slot_key, std::uint64_t member) {
    // Both are hashes already; joining them needs a good mixer and no keyed hash.
    const std::uint64_t bits = Random(slot_key ^ member).next() >> 11;
    return (static_cast<double>(bits) + 0.5) * 0x1p-53;
}

std::uint64_t key_of_slot(std::uint32_t slot) {
    return Random(slot).next();
}

}  // namespace

std::uint32_t slot_of(std::uint64_t key) {
    static_assert(kHashSlots == 1U << 14);
    return static_cast<std::uint32_t>(key >> (64 - 14));
}

double rendezvous_score(std::uint32_t slot, std::uint64_t member, std::uint32_t weight) {
    return -static_cast<double>(weight) / std::log(draw(key_of_slot(slot), member));
}

Homes make_homes(std::span<const HashMember> members) {
    static_assert(kMaxBackends <= 1U << 16);
    Homes homes(kHashSlots);
    for (std::uint32_t slot = 0; slot < kHashSlots; ++slot) {
        const std::uint64_t key = key_of_slot(slot);
        double best = 0;
        for (std::size_t i = 0; i < members.size(); ++i) {
            const double drawn = draw(key, members[i].name_hash);
            const double weight = members[i].weight;
            // Since -ln(u) >= 1 - u, most cannot win and need no logarithm; the slack is far above
            // what rounding does.
            if (weight < best * (1 - drawn) * (1 - 1e-9)) continue;
            const double score = -weight / std::log(drawn);
            if (score <= best) continue;
            best = score;
            homes[slot] = static_cast<std::uint16_t>(i);
        }
    }
    return homes;
}

bool is_over_fair_share(std::uint32_t sessions, std::uint64_t tier_sessions, std::uint32_t weight,
                        std::uint64_t tier_weight) {
    if (sessions < kFreeSessions) return false;
    // sessions >= ceil(5/4 * (tier_sessions + 1) * weight / tier_weight), in whole numbers. No
    // overflow: the sessions of all members are below 2^44 and a weight below 2^16.
    static_assert(kMaxBackends <= 1U << 12 && kMaxWeight < 1U << 16);
    const std::uint64_t fair_and_quarter = 5 * (tier_sessions + 1) * weight;
    const std::uint64_t whole = 4 * tier_weight;
    return sessions >= (fair_and_quarter + whole - 1) / whole;
}

}  // namespace balancer

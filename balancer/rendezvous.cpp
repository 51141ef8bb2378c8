// The logarithm makes the largest of many draws fall to each member by its weight: -ln(u) / w is an
// exponential variable of rate w, and the smallest of those is the member's with chance w / W.

#include "balancer/rendezvous.h"

#include <cmath>

#include "balancer/backend_id.h"
#include "balancer/member_state.h"
#include "balancer/random.h"

namespace balancer {

double rendezvous_score(std::uint64_t key, std::uint64_t member, std::uint32_t weight) {
    // Both are keyed hashes already; joining them needs a good mixer and no second keyed hash,
    // which would be most of the cost of a pick. 53 bits and a half: strictly between 0 and 1, so
    // the logarithm is neither infinite nor 0.
    const std::uint64_t bits = Random(key ^ member).next() >> 11;
    const double draw = (static_cast<double>(bits) + 0.5) * 0x1p-53;
    return -static_cast<double>(weight) / std::log(draw);
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

#pragma once
// How a pool chooses among its members, as far as the pool's own room needs it. Plain values, made
// from the configuration or from SRV records.

#include <cstdint>
#include <vector>

#include "conf/config.h"

namespace balancer {

enum class PolicyKind : std::uint8_t {
    round_robin,
    least_sessions,
    random_two,
    hash_user,  // by the user's bare JID where it is known, else as hash_ip
    hash_ip,    // by the client's address, IPv6 by its /64
};

struct MemberRules {
    std::uint32_t priority = 0;      // the lowest number is the best tier (RFC 2782)
    std::uint32_t connect_rate = 0;  // new sessions a second in the whole process; 0: no limit
    friend bool operator==(const MemberRules&, const MemberRules&) = default;
};

struct PoolRules {
    PolicyKind policy = PolicyKind::least_sessions;
    /// When less than this share of the wanted members is healthy, health is ignored: spreading
    /// over all beats flooding the few. Percent; 0: never.
    std::uint32_t panic_percent = 20;
    /// By place in the pool's list of backends; those behind its end have the defaults.
    std::vector<MemberRules> members;
};

/// What a configured pool says; the rest stays at the defaults.
PoolRules rules_of(const conf::Pool& pool);

}  // namespace balancer

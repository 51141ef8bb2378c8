// From the configuration's words to ours.

#include "balancer/pool_rules.h"

namespace balancer {
namespace {

PolicyKind policy_of(conf::Balance balance) {
    switch (balance) {
        case conf::Balance::round_robin: return PolicyKind::round_robin;
        case conf::Balance::least_sessions: return PolicyKind::least_sessions;
        case conf::Balance::random_two: return PolicyKind::random_two;
        case conf::Balance::hash_user: return PolicyKind::hash_user;
        case conf::Balance::hash_ip: return PolicyKind::hash_ip;
    }
    return PolicyKind::least_sessions;
}

}  // namespace

PoolRules rules_of(const conf::Pool& pool) {
    PoolRules rules;
    rules.policy = policy_of(pool.balance);
    return rules;
}

}  // namespace balancer

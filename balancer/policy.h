#pragma once
// How a pool spreads sessions: each policy puts the members of a tier that may take one into an
// order of preference. A policy's state belongs to one worker and one pool; sessions are read from
// the whole process. No clock, no lock; the random seed is an argument.

#include <cstdint>
#include <variant>
#include <vector>

#include "balancer/candidates.h"
#include "balancer/connect_rate.h"
#include "balancer/failure_memory.h"
#include "balancer/load_board.h"
#include "balancer/random.h"
#include "balancer/routing_key.h"

namespace balancer {

/// What a policy may ask at the moment of one pick.
struct PickContext {
    const LoadBoard& loads;
    const FailureMemory& failures;
    ConnectRate& rates;
    const RoutingKey& key;
    FailureMemory::TimePoint now;

    std::uint32_t sessions(const Member& member) const { return loads.sessions(member.id); }
    bool is_resting(const Member& member) const { return failures.is_resting(member.id, now); }
    /// May a new session go to this member of a tier, its sessions being known?
    bool is_open(const Member& member, std::uint32_t sessions_there) const {
        return member.has_room(sessions_there) && has_token(member);
    }
    bool is_open(const Member& member) const {
        return (member.max_sessions == 0 || member.has_room(sessions(member))) && has_token(member);
    }

private:
    bool has_token(const Member& member) const {
        return member.connect_rate == 0 || rates.has_token(member.id, member.connect_rate, now);
    }
};

// Each pick() appends the tier's members that are open and not resting. Into an empty `out` it is
// the choice, and turns move on; behind others it only names who stands in.

/// Each gets its share of the weight, spread evenly over time ("smooth" weighted round robin: every
/// member earns its weight per pick, the richest is picked and pays the total). O(n).
class RoundRobin {
public:
    void pick(const PickContext& context, const Tier& tier, Candidates& out);

private:
    std::vector<std::int64_t> credit_;  // by place in the pool
    std::vector<std::uint32_t> order_;  // scratch
};

/// Fewest sessions per weight first; equal ones take turns. O(n).
class LeastSessions {
public:
    void pick(const PickContext& context, const Tier& tier, Candidates& out);

private:
    struct Ranked {
        std::uint64_t sessions;
        std::uint64_t weight;
        std::uint32_t place;  // in the tier, counted from turn_
    };
    std::vector<Ranked> ranked_;  // scratch
    std::uint32_t turn_ = 0;
};

/// Two weighted draws, the one with fewer sessions per weight first: nearly as even as
/// LeastSessions, and O(log n).
class RandomTwo {
public:
    explicit RandomTwo(std::uint64_t seed) : random_(seed) {}
    void pick(const PickContext& context, const Tier& tier, Candidates& out);

private:
    Random random_;
};

/// The same backend for the same user or address, in every proxy (balancer/rendezvous.h). Members
/// that are over their fair share stand behind the others. O(n).
class Rendezvous {
public:
    /// Without `by_user`, or when the user is not known, by the client's address.
    explicit Rendezvous(bool by_user) : by_user_(by_user) {}
    void pick(const PickContext& context, const Tier& tier, Candidates& out);

private:
    struct Ranked {
        std::uint32_t sessions;
        std::uint32_t member;
        bool is_crowded;
        double score;
    };
    bool by_user_;
    std::vector<Ranked> ranked_;  // scratch
};

using Policy = std::variant<RoundRobin, LeastSessions, RandomTwo, Rendezvous>;

Policy make_policy(conf::Balance balance, std::uint64_t seed);

/// Fills `out` (empty on entry) with members of its pool: those that are open and not resting, tier
/// by tier and in each by the policy's order, then resting ones. So the best tier that has an open
/// member takes the session, and the next ones stand in. Empty afterwards: no member may take a
/// session.
void pick(Policy& policy, const PickContext& context, Candidates& out);

}  // namespace balancer

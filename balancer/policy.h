#pragma once
// How a pool spreads sessions: each policy puts the members that may take one into an order of
// preference. A policy's state belongs to one worker and one pool; sessions are read from the whole
// process. No clock, no lock; the random seed is an argument.

#include <cstdint>
#include <variant>
#include <vector>

#include "balancer/candidates.h"
#include "balancer/failure_memory.h"
#include "balancer/load_board.h"
#include "balancer/random.h"

namespace balancer {

/// What a policy may ask at the moment of one pick.
struct PickContext {
    const LoadBoard& loads;
    const FailureMemory& failures;
    FailureMemory::TimePoint now;

    std::uint32_t sessions(const Member& member) const { return loads.sessions(member.id); }
    bool is_resting(const Member& member) const { return failures.is_resting(member.id, now); }
    /// May a new session go there at all?
    bool is_open(const Member& member) const {
        return member.weight > 0 && (member.max_sessions == 0 || member.has_room(sessions(member)));
    }
};

/// Each gets its share of the weight, spread evenly over time ("smooth" weighted round robin: every
/// member earns its weight per pick, the richest is picked and pays the total). O(n).
class RoundRobin {
public:
    void pick(const PickContext& context, Candidates& out);

private:
    std::vector<std::int64_t> credit_;  // per member
    std::vector<std::uint32_t> order_;  // scratch
};

/// Fewest sessions per weight first; equal ones take turns. O(n).
class LeastSessions {
public:
    void pick(const PickContext& context, Candidates& out);

private:
    struct Ranked {
        std::uint64_t sessions;
        std::uint64_t weight;
        std::uint32_t place;  // counted from turn_
    };
    std::vector<Ranked> ranked_;  // scratch
    std::uint32_t turn_ = 0;
};

/// Two weighted draws, the one with fewer sessions per weight first: nearly as even as
/// LeastSessions, and O(log n).
class RandomTwo {
public:
    explicit RandomTwo(std::uint64_t seed) : random_(seed) {}
    void pick(const PickContext& context, Candidates& out);

private:
    Random random_;
};

using Policy = std::variant<RoundRobin, LeastSessions, RandomTwo>;

Policy make_policy(conf::Balance balance, std::uint64_t seed);

/// Fills `out` (empty on entry) with members of its pool: those that are open and not resting by
/// the policy's order, then resting ones. Empty afterwards: no member may take a session.
void pick(Policy& policy, const PickContext& context, Candidates& out);

}  // namespace balancer

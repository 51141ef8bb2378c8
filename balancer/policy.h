#pragma once
// How a pool spreads sessions: each policy puts the members of a tier that may take one into an
// order of preference. A policy's state belongs to one worker and one pool; sessions are read from
// the whole process. No clock, no lock; the random seed is an argument.

#include <cstdint>
#include <map>
#include <variant>
#include <vector>

#include "balancer/candidates.h"
#include "balancer/connect_rate.h"
#include "balancer/failure_memory.h"
#include "balancer/load_board.h"
#include "balancer/random.h"
#include "balancer/routing_key.h"
#include "balancer/turns.h"

namespace balancer {

/// What a policy may ask at the moment of one pick.
struct PickContext {
    LoadBoard& loads;
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
// the choice, and turns move on, those of the whole process; behind others it only names the
// members that stand in.

/// Each gets its share of the weight, spread evenly over time (balancer/turns.h). All workers share
/// one turn: each gives its own members also the turns that others have taken. O(log n) for each.
class RoundRobin {
public:
    void pick(const PickContext& context, const Tier& tier, Candidates& out);

private:
    struct State {
        std::uint64_t generation = 0;
        std::uint64_t given = 0;  // turns of the whole process, as far as `turns` knows
        Turns turns;
    };
    static std::size_t next_in_turn(const PickContext& context, const std::vector<Member>& members,
                                    Turns& turns);
    static void follow_others(const PickContext& context, const Tier& tier,
                              const std::vector<Member>& members, State& state);
    std::map<std::uint32_t, State> tiers_;  // by priority
};

/// Fewest sessions per weight first; equal ones take turns. Flat: of a large tier the best of
/// before and the next kWindow members are compared, so that every member is looked at once in
/// n / kWindow picks.
class LeastSessions {
public:
    static constexpr std::uint32_t kWindow = 16;
    void pick(const PickContext& context, const Tier& tier, Candidates& out);

private:
    using Index = std::uint32_t;
    struct State {
        std::uint64_t generation = 0;
        std::vector<Index> best;  // of the last pick; places in the tier
        Index next = 0;           // where the window begins
    };
    struct Ranked {
        std::uint64_t sessions;
        std::uint64_t weight;
        Index after_turn;  // place in the tier, counted from the turn
        Index place;
    };
    void rank(const PickContext& context, const Tier& tier, const Candidates& out, Index turn,
              Index place);

    std::map<std::uint32_t, State> tiers_;  // by priority
    std::vector<Ranked> ranked_;            // scratch
};

/// Two weighted draws, the one with fewer sessions per weight first: nearly as even as
/// LeastSessions, with no memory. O(log n).
class RandomTwo {
public:
    explicit RandomTwo(std::uint64_t seed) : random_(seed) {}
    void pick(const PickContext& context, const Tier& tier, Candidates& out);

private:
    Random random_;
};

/// The same backend for the same user or address, in every proxy (balancer/rendezvous.h). Members
/// that are over their fair share stand behind the others. Flat; O(n) only for a user whose homes
/// are all crowded.
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
    /// The sessions of a large tier, counted anew member by member, a few for each pick.
    struct Count {
        std::uint64_t generation = 0;
        std::vector<std::uint32_t> sessions;  // by place in the tier
        std::uint64_t all = 0;
        std::size_t next = 0;
    };
    void pick_ranked(const PickContext& context, const Tier& tier, std::uint32_t slot,
                     Candidates& out);
    bool pick_home(const PickContext& context, const Tier& tier, std::uint64_t key,
                   Candidates& out);
    std::uint64_t count(const PickContext& context, const Tier& tier, const BackendPool& pool);

    bool by_user_;
    std::map<std::uint32_t, Count> counts_;  // by priority
    std::vector<Ranked> ranked_;             // scratch
};

using Policy = std::variant<RoundRobin, LeastSessions, RandomTwo, Rendezvous>;

Policy make_policy(conf::Balance balance, std::uint64_t seed);

/// Fills `out` (empty on entry) with members of its pool: those that are open and not resting, tier
/// by tier and in each by the policy's order, then resting ones, then those whose checks fail. So
/// the best tier that has an open member takes the session, and the next ones stand in. Empty
/// afterwards: no member may take a session.
void pick(Policy& policy, const PickContext& context, Candidates& out);

}  // namespace balancer

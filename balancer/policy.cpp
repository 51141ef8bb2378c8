// The policies. Each appends members that are open and not resting; pick() adds those at rest.

#include "balancer/policy.h"

#include <algorithm>
#include <utility>

#include "balancer/hash_key.h"
#include "balancer/rendezvous.h"

namespace balancer {
namespace {

using Index = std::uint32_t;

bool is_fit(const PickContext& context, const Member& member) {
    return !context.is_resting(member) && context.is_open(member);
}

/// Appends those of `places` for which `wanted` holds, going round from the one after `turns`, as
/// far as there is room.
template <class Wanted>
void add_round(Candidates& out, const std::vector<Index>& places, std::uint64_t turns,
               const Wanted& wanted) {
    const auto count = static_cast<Index>(places.size());
    for (Index i = 0; i < count && !out.is_full(); ++i) {
        const Index at = places[(turns + i) % count];
        if (wanted(out.pool().members()[at])) out.add(at);
    }
}

/// a/b < c/d for positive b and d, without rounding.
bool is_lower_ratio(std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d) {
    return a * d < c * b;
}

/// Puts as many of the best as candidates can hold in front and returns how many that are.
template <class T, class Before>
std::size_t sort_best(std::vector<T>& ranked, const Before& before) {
    const std::size_t wanted = std::min(ranked.size(), Candidates::kMax);
    std::partial_sort(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(wanted),
                      ranked.end(), before);
    return wanted;
}

}  // namespace

/// Where among the turns the member stands whose turn it is; turns.size(): nobody can take it.
std::size_t RoundRobin::next_in_turn(const PickContext& context, const std::vector<Member>& members,
                                     Turns& turns) {
    // Turns are not saved up: a member that cannot take its turn has lost it. A member of great
    // weight has many turns before others have one, so not all of them are waited for.
    constexpr int kLostTurns = 16;
    for (int i = 0; i < kLostTurns && !is_fit(context, members[turns.member_at(0)]); ++i)
        turns.pass(0);
    std::size_t first = turns.size();
    for (std::size_t at = 0; at < turns.size(); ++at) {
        if (first != turns.size() && !turns.is_before(at, first)) continue;
        if (is_fit(context, members[turns.member_at(at)])) first = at;
        if (first == 0) break;
    }
    return first;
}

/// Takes a turn, and gives first those that other workers have taken meanwhile.
void RoundRobin::follow_others(const PickContext& context, const Tier& tier,
                               const std::vector<Member>& members, State& state) {
    constexpr std::uint64_t kMostTurns = 1024;
    const std::uint64_t given = context.loads.take_turn(tier.turns_at);
    std::uint64_t missed = given - std::exchange(state.given, given + 1);
    // A worker that was idle for long need not follow all turns: whole rounds change almost
    // nothing.
    if (missed > kMostTurns) missed = std::min(missed % state.turns.period(), kMostTurns);
    for (; missed > 0; --missed) {
        const std::size_t taken = next_in_turn(context, members, state.turns);
        if (taken != state.turns.size()) state.turns.pass(taken);
    }
}

void RoundRobin::pick(const PickContext& context, const Tier& tier, Candidates& out) {
    const std::vector<Member>& members = out.pool().members();
    State& state = tiers_[tier.priority];
    if (state.generation != out.pool().generation()) {
        state.generation = out.pool().generation();
        state.turns.set(members, tier);
    }
    Turns& turns = state.turns;
    if (out.empty()) {
        follow_others(context, tier, members, state);
        const std::size_t first = next_in_turn(context, members, turns);
        if (first == turns.size()) return;
        out.add(turns.member_at(first));
        turns.pass(first);
    }
    for (std::size_t at = 0; at < turns.size() && !out.is_full(); ++at)
        if (is_fit(context, members[turns.member_at(at)])) out.add(turns.member_at(at));
}

void LeastSessions::pick(const PickContext& context, const Tier& tier, Candidates& out) {
    const auto count = static_cast<Index>(tier.members.size());
    const bool is_choice = out.empty();
    State& state = tiers_[tier.priority];
    if (state.generation != out.pool().generation()) {
        state.generation = out.pool().generation();
        state.best.clear();
        state.next %= count;
    }
    const auto turn = static_cast<Index>(context.loads.turn(tier.turns_at) % count);
    ranked_.clear();
    for (const Index place : state.best) rank(context, tier, out, turn, place);
    // Where nobody in sight can take a session, the view widens until it has seen all.
    for (Index seen = 0; seen < count && (seen < kWindow || ranked_.empty()); ++seen) {
        const Index place = (state.next + seen) % count;
        if (std::find(state.best.begin(), state.best.end(), place) == state.best.end())
            rank(context, tier, out, turn, place);
    }
    state.next = (state.next + kWindow) % count;
    state.best.clear();
    if (ranked_.empty()) return;
    const std::size_t wanted = sort_best(ranked_, [](const Ranked& a, const Ranked& b) {
        if (is_lower_ratio(a.sessions, a.weight, b.sessions, b.weight)) return true;
        if (is_lower_ratio(b.sessions, b.weight, a.sessions, a.weight)) return false;
        return a.after_turn < b.after_turn;
    });
    for (std::size_t i = 0; i < wanted; ++i) {
        out.add(tier.members[ranked_[i].place]);
        state.best.push_back(ranked_[i].place);
    }
    if (is_choice) context.loads.set_turn(tier.turns_at, ranked_.front().place + 1);
}

void LeastSessions::rank(const PickContext& context, const Tier& tier, const Candidates& out,
                         Index turn, Index place) {
    const auto count = static_cast<Index>(tier.members.size());
    const Member& member = out.pool().members()[tier.members[place]];
    if (context.is_resting(member)) return;
    const std::uint32_t sessions = context.sessions(member);
    if (!context.is_open(member, sessions)) return;
    ranked_.push_back({sessions, member.weight, (place + count - turn) % count, place});
}

void RandomTwo::pick(const PickContext& context, const Tier& tier, Candidates& out) {
    const std::vector<Member>& members = out.pool().members();
    // Draws that hit a member which is full, at rest, or drawn already are repeated, a bounded
    // number of times; after that, going round finds what is left.
    constexpr int kDraws = 16;
    Index drawn[2] = {};
    int found = 0;
    for (int i = 0; i < kDraws && found < 2; ++i) {
        const Index at = tier.member_at_weight(random_.below(tier.total_weight()));
        if (found == 1 && drawn[0] == at) continue;
        if (is_fit(context, members[at])) drawn[found++] = at;
    }
    if (found == 2) {
        const Member& first = members[drawn[0]];
        const Member& second = members[drawn[1]];
        if (is_lower_ratio(context.sessions(second), second.weight, context.sessions(first),
                           first.weight))
            std::swap(drawn[0], drawn[1]);
    }
    for (int i = 0; i < found; ++i) out.add(drawn[i]);
    add_round(out, tier.members, random_.below(tier.members.size()),
              [&](const Member& member) { return is_fit(context, member); });
}

void Rendezvous::pick(const PickContext& context, const Tier& tier, Candidates& out) {
    const std::uint64_t key = by_user_ && context.key.user ? hash_of_user(*context.key.user)
                                                           : hash_of_client(context.key.client);
    // A large tier in which no home was open is ranked, too: somebody may be.
    if (tier.homes == nullptr || !pick_home(context, tier, key, out))
        pick_ranked(context, tier, slot_of(key), out);
}

void Rendezvous::pick_ranked(const PickContext& context, const Tier& tier, std::uint32_t slot,
                             Candidates& out) {
    std::uint64_t all_sessions = 0;
    std::uint64_t all_weight = 0;
    ranked_.clear();
    for (const Index i : tier.members) {
        const Member& member = out.pool().members()[i];
        if (context.is_resting(member)) continue;
        const std::uint32_t sessions = context.sessions(member);
        if (!context.is_open(member, sessions)) continue;
        all_sessions += sessions;
        all_weight += member.weight;
        const double score = rendezvous_score(slot, member.name_hash, member.weight);
        ranked_.push_back({sessions, i, false, score});
    }
    for (Ranked& each : ranked_) {
        const std::uint32_t weight = out.pool().members()[each.member].weight;
        each.is_crowded = is_over_fair_share(each.sessions, all_sessions, weight, all_weight);
    }
    const std::size_t wanted = sort_best(ranked_, [](const Ranked& a, const Ranked& b) {
        return a.is_crowded != b.is_crowded ? b.is_crowded : a.score > b.score;
    });
    for (std::size_t i = 0; i < wanted; ++i) out.add(ranked_[i].member);
}

/// The home of the key, and behind it the homes of further hashes of it: so those of one home do
/// not all flee to the same other one. False, and nothing is added: all of those are closed or
/// crowded.
bool Rendezvous::pick_home(const PickContext& context, const Tier& tier, std::uint64_t key,
                           Candidates& out) {
    constexpr int kDraws = 24;
    const std::size_t known = out.size();
    const BackendPool& pool = out.pool();
    const std::uint64_t all_sessions = count(context, tier, pool);
    Candidates crowded(out.shared_pool());
    Random further(key);
    std::uint64_t at = key;
    for (int i = 0; i < kDraws && !out.is_full(); ++i, at = further.next()) {
        const Index place = tier.members[(*tier.homes)[slot_of(at)]];
        const Member& member = pool.members()[place];
        if (out.contains(place) || crowded.contains(place) || !is_fit(context, member)) continue;
        const bool is_crowded = is_over_fair_share(context.sessions(member), all_sessions,
                                                   member.weight, tier.total_weight());
        (is_crowded ? crowded : out).add(place);
    }
    if (out.size() == known) return false;
    for (std::size_t i = 0; i < crowded.size(); ++i)
        out.add(static_cast<Index>(&crowded[i] - pool.members().data()));
    return true;
}

std::uint64_t Rendezvous::count(const PickContext& context, const Tier& tier,
                                const BackendPool& pool) {
    constexpr std::size_t kPerPick = 8;
    Count& count = counts_[tier.priority];
    std::size_t wanted = kPerPick;
    if (count.generation != pool.generation()) {
        count = {pool.generation(), std::vector<std::uint32_t>(tier.members.size()), 0, 0};
        wanted = tier.members.size();
    }
    for (std::size_t i = 0; i < wanted; ++i) {
        std::uint32_t& known = count.sessions[count.next];
        const std::uint32_t now = context.sessions(pool.members()[tier.members[count.next]]);
        count.all += now;
        count.all -= std::exchange(known, now);
        count.next = (count.next + 1) % tier.members.size();
    }
    return count.all;
}

Policy make_policy(conf::Balance balance, std::uint64_t seed) {
    switch (balance) {
        case conf::Balance::round_robin: return RoundRobin();
        case conf::Balance::least_sessions: break;
        case conf::Balance::random_two: return RandomTwo(seed);
        case conf::Balance::hash_user: return Rendezvous(true);
        case conf::Balance::hash_ip: return Rendezvous(false);
    }
    return LeastSessions();
}

void pick(Policy& policy, const PickContext& context, Candidates& out) {
    const std::vector<Tier>& tiers = out.pool().tiers();
    for (const Tier& tier : tiers) {
        if (out.is_full()) return;
        std::visit([&](auto& chosen) { chosen.pick(context, tier, out); }, policy);
    }
    // Better a member that just failed than none; those at rest share the tries by going round.
    const auto turns = static_cast<std::uint64_t>(context.now.time_since_epoch().count());
    if (context.failures.any()) {
        for (const Tier& tier : tiers) {
            add_round(out, tier.members, turns, [&](const Member& member) {
                return context.is_resting(member) && context.is_open(member);
            });
        }
    }
    // And better one whose checks fail: it may be back already, and nobody else is left to ask.
    if (!out.empty()) {
        add_round(out, out.pool().last_resort(), turns,
                  [&](const Member& member) { return context.is_open(member); });
    }
}

}  // namespace balancer

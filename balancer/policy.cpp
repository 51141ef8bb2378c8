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

/// Appends the tier's members for which `wanted` holds, going round from `start`, as far as there
/// is room.
template <class Wanted>
void add_round(Candidates& out, const Tier& tier, Index start, const Wanted& wanted) {
    const auto count = static_cast<Index>(tier.members.size());
    for (Index i = 0; i < count && !out.is_full(); ++i) {
        const Index at = tier.members[(start + i) % count];
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

void RoundRobin::pick(const PickContext& context, const Tier& tier, Candidates& out) {
    const std::vector<Member>& members = out.pool().members();
    const bool is_choice = out.empty();
    credit_.resize(members.size());
    order_.clear();
    std::int64_t paid = 0;
    for (const Index i : tier.members) {
        if (!is_fit(context, members[i])) {
            // Nothing is saved up while away: a member that returns takes its share, not a flood.
            credit_[i] = 0;
            continue;
        }
        if (is_choice) credit_[i] += members[i].weight;
        paid += members[i].weight;
        order_.push_back(i);
    }
    if (order_.empty()) return;
    const std::size_t wanted = sort_best(order_, [this](Index a, Index b) {
        return credit_[a] != credit_[b] ? credit_[a] > credit_[b] : a < b;
    });
    if (is_choice) credit_[order_.front()] -= paid;
    for (std::size_t i = 0; i < wanted; ++i) out.add(order_[i]);
}

void LeastSessions::pick(const PickContext& context, const Tier& tier, Candidates& out) {
    const auto count = static_cast<Index>(tier.members.size());
    const bool is_choice = out.empty();
    ranked_.clear();
    for (Index i = 0; i < count; ++i) {
        const Member& member = out.pool().members()[tier.members[(turn_ + i) % count]];
        if (context.is_resting(member)) continue;
        const std::uint32_t sessions = context.sessions(member);
        if (context.is_open(member, sessions)) ranked_.push_back({sessions, member.weight, i});
    }
    if (ranked_.empty()) return;
    const std::size_t wanted = sort_best(ranked_, [](const Ranked& a, const Ranked& b) {
        if (is_lower_ratio(a.sessions, a.weight, b.sessions, b.weight)) return true;
        if (is_lower_ratio(b.sessions, b.weight, a.sessions, a.weight)) return false;
        return a.place < b.place;
    });
    for (std::size_t i = 0; i < wanted; ++i)
        out.add(tier.members[(turn_ + ranked_[i].place) % count]);
    if (is_choice) turn_ = (turn_ + ranked_.front().place + 1) % count;
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
    add_round(out, tier, static_cast<Index>(random_.below(tier.members.size())),
              [&](const Member& member) { return is_fit(context, member); });
}

void Rendezvous::pick(const PickContext& context, const Tier& tier, Candidates& out) {
    const std::uint64_t key = by_user_ && context.key.user ? hash_of_user(*context.key.user)
                                                           : hash_of_client(context.key.client);
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
        const double score = rendezvous_score(key, member.name_hash, member.weight);
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
    if (!context.failures.any()) return;
    for (const Tier& tier : tiers) {
        const auto turn =
            static_cast<Index>(static_cast<std::uint64_t>(context.now.time_since_epoch().count()) %
                               tier.members.size());
        add_round(out, tier, turn, [&](const Member& member) {
            return context.is_resting(member) && context.is_open(member);
        });
    }
}

}  // namespace balancer

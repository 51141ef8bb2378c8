// The three policies. Each appends members that are open and not resting; pick() adds those at
// rest.

#include "balancer/policy.h"

#include <algorithm>
#include <utility>

namespace balancer {
namespace {

using Index = std::uint32_t;

bool is_fit(const PickContext& context, const Member& member) {
    return context.is_open(member) && !context.is_resting(member);
}

/// Appends all members for which `wanted` holds, going round from `start`, as far as there is room.
template <class Wanted>
void add_round(Candidates& out, Index start, const Wanted& wanted) {
    const std::vector<Member>& members = out.pool().members();
    const auto count = static_cast<Index>(members.size());
    for (Index i = 0; i < count && !out.is_full(); ++i) {
        const Index at = (start + i) % count;
        if (wanted(members[at])) out.add(at);
    }
}

/// a/b < c/d for positive b and d, without rounding.
bool is_lower_ratio(std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d) {
    return a * d < c * b;
}

}  // namespace

void RoundRobin::pick(const PickContext& context, Candidates& out) {
    const std::vector<Member>& members = out.pool().members();
    credit_.resize(members.size());
    order_.clear();
    std::int64_t paid = 0;
    for (Index i = 0; i < members.size(); ++i) {
        if (!is_fit(context, members[i])) {
            // Nothing is saved up while away: a member that returns takes its share, not a flood.
            credit_[i] = 0;
            continue;
        }
        credit_[i] += members[i].weight;
        paid += members[i].weight;
        order_.push_back(i);
    }
    if (order_.empty()) return;
    const auto wanted = std::min(order_.size(), Candidates::kMax);
    std::partial_sort(order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(wanted),
                      order_.end(), [this](Index a, Index b) {
                          return credit_[a] != credit_[b] ? credit_[a] > credit_[b] : a < b;
                      });
    credit_[order_.front()] -= paid;
    for (std::size_t i = 0; i < wanted; ++i) out.add(order_[i]);
}

void LeastSessions::pick(const PickContext& context, Candidates& out) {
    const std::vector<Member>& members = out.pool().members();
    const auto count = static_cast<Index>(members.size());
    ranked_.clear();
    for (Index i = 0; i < count; ++i) {
        const Index at = (turn_ + i) % count;
        const Member& member = members[at];
        if (member.weight == 0 || context.is_resting(member)) continue;
        const std::uint32_t sessions = context.sessions(member);
        if (!member.has_room(sessions)) continue;
        ranked_.push_back({sessions, member.weight, i});
    }
    if (ranked_.empty()) return;
    const auto wanted = std::min(ranked_.size(), Candidates::kMax);
    std::partial_sort(ranked_.begin(), ranked_.begin() + static_cast<std::ptrdiff_t>(wanted),
                      ranked_.end(), [](const Ranked& a, const Ranked& b) {
                          if (is_lower_ratio(a.sessions, a.weight, b.sessions, b.weight))
                              return true;
                          if (is_lower_ratio(b.sessions, b.weight, a.sessions, a.weight))
                              return false;
                          return a.place < b.place;
                      });
    for (std::size_t i = 0; i < wanted; ++i) out.add((turn_ + ranked_[i].place) % count);
    turn_ = (turn_ + ranked_.front().place + 1) % count;
}

void RandomTwo::pick(const PickContext& context, Candidates& out) {
    const BackendPool& pool = out.pool();
    if (pool.total_weight() == 0) return;
    // Draws that hit a member which is full, at rest, or drawn already are repeated, a bounded
    // number of times; after that, going round finds what is left.
    constexpr int kDraws = 16;
    Index drawn[2] = {};
    int found = 0;
    for (int i = 0; i < kDraws && found < 2; ++i) {
        const Index at = pool.member_at_weight(random_.below(pool.total_weight()));
        if (found == 1 && drawn[0] == at) continue;
        if (is_fit(context, pool.members()[at])) drawn[found++] = at;
    }
    if (found == 2) {
        const Member& first = pool.members()[drawn[0]];
        const Member& second = pool.members()[drawn[1]];
        if (is_lower_ratio(context.sessions(second), second.weight, context.sessions(first),
                           first.weight))
            std::swap(drawn[0], drawn[1]);
    }
    for (int i = 0; i < found; ++i) out.add(drawn[i]);
    add_round(out, static_cast<Index>(random_.below(pool.members().size())),
              [&](const Member& member) { return is_fit(context, member); });
}

Policy make_policy(conf::Balance balance, std::uint64_t seed) {
    switch (balance) {
        case conf::Balance::round_robin:
            return RoundRobin();
        case conf::Balance::least_sessions:
            break;
        case conf::Balance::random_two:
            return RandomTwo(seed);
    }
    return LeastSessions();
}

void pick(Policy& policy, const PickContext& context, Candidates& out) {
    std::visit([&](auto& chosen) { chosen.pick(context, out); }, policy);
    // Better a member that just failed than none; those at rest share the tries by going round.
    const auto members = static_cast<Index>(out.pool().members().size());
    if (out.is_full() || out.size() == members || !context.failures.any()) return;
    const auto turn = static_cast<Index>(context.now.time_since_epoch().count() % members);
    add_round(out, turn, [&](const Member& member) {
        return context.is_open(member) && context.is_resting(member);
    });
}

}  // namespace balancer

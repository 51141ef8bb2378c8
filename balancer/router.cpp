// Domain to pool, pool to candidates by its policy.

#include "balancer/router.h"

#include <optional>
#include <utility>

namespace balancer {
namespace {

void add_granted(const PickContext& context, Candidates& candidates) {
    const std::vector<Member>& members = candidates.pool().members();
    for (std::uint32_t place = 0; place < members.size(); ++place) {
        const Member& member = members[place];
        if (member.id != *context.key.granted) continue;
        if (member.weight > 0 && !context.is_resting(member) && context.is_open(member))
            candidates.add(place);
    }
}

bool is_sticky(conf::Balance balance) {
    return balance == conf::Balance::hash_user || balance == conf::Balance::hash_ip;
}

}  // namespace

std::string_view to_string(RouteFailure why) {
    switch (why) {
        case RouteFailure::unknown_domain: return "unknown_domain";
        case RouteFailure::no_backend: return "no_backend";
        case RouteFailure::all_full: return "all_full";
    }
    return "unknown";
}

Router::Router(std::shared_ptr<const RoutingTable> table, LoadBoard& board, unsigned worker,
               std::uint64_t seed)
    : rates_(board.workers()), board_(board), worker_(worker), seeds_(seed) {
    replace_table(std::move(table));
}

void Router::replace_table(std::shared_ptr<const RoutingTable> table) {
    std::vector<Policy> policies;
    for (const std::shared_ptr<const BackendPool>& pool : table->pools) {
        const auto before = table_ ? table_->find_pool(pool->settings().name) : std::nullopt;
        if (before && pool->has_shape_of(*table_->pools[*before])) {
            policies.push_back(std::move(policies_[*before]));
        } else {
            policies.push_back(make_policy(pool->settings().balance, seeds_.next()));
        }
    }
    table_ = std::move(table);
    policies_ = std::move(policies);
}

const BackendPool* Router::pool_of(std::string_view domain) const {
    const std::optional<PoolIndex> index = table_->domains->find(domain);
    return index ? table_->pools[*index].get() : nullptr;
}

core::Result<Candidates, RouteFailure> Router::route(const RoutingKey& key, TimePoint now) {
    const std::optional<PoolIndex> index = table_->domains->find(key.domain);
    if (!index) return core::fail(RouteFailure::unknown_domain);
    Candidates candidates(table_->pools[*index]);
    const PickContext context{board_, failures_, rates_, key, now};
    if (const auto owner = place_of_owner(candidates.pool(), key)) candidates.add(*owner);
    if (key.granted) add_granted(context, candidates);
    const bool is_chosen = !candidates.empty();
    pick(policies_[*index], context, candidates);
    if (!is_chosen) prefer_least_wait(candidates, key, now);
    if (!candidates.empty()) return candidates;
    const bool is_full = !candidates.pool().tiers().empty();
    return core::fail(is_full ? RouteFailure::all_full : RouteFailure::no_backend);
}

LoginKind Router::kind_at(const BackendPool& pool, const Member& member, const RoutingKey& key) {
    const bool is_known_there = key.owner && key.may_resume &&
                                (member.owner == *key.owner || pool.settings().resume_anywhere);
    return is_known_there ? LoginKind::resumption : LoginKind::full;
}

void Router::prefer_least_wait(Candidates& candidates, const RoutingKey& key, TimePoint now) {
    const conf::Pool& settings = candidates.pool().settings();
    if (settings.login_rate == 0 || is_sticky(settings.balance) || candidates.empty()) return;
    const auto wait_at = [&](const Member& member) {
        return board_.login_lines().expected_wait(member.id, member.login_rate,
                                                  kind_at(candidates.pool(), member, key), now);
    };
    std::size_t best = 0;
    auto least = wait_at(candidates[0]);
    for (std::size_t i = 1; i < candidates.size() && least.count() > 0; ++i) {
        const Member& member = candidates[i];
        // Those of other priorities are for when these are down or full. One that nobody reaches
        // has logins to give, too.
        if (member.priority != candidates[0].priority || member.weight == 0 ||
            failures_.is_resting(member.id, now))
            continue;
        const auto wait = wait_at(member);
        if (wait >= least) continue;
        best = i;
        least = wait;
    }
    candidates.prefer(best);
}

std::optional<std::uint32_t> Router::place_of_owner(const BackendPool& pool,
                                                    const RoutingKey& key) {
    if (!key.owner) return std::nullopt;
    const std::vector<Member>& members = pool.members();
    for (std::uint32_t place = 0; place < members.size(); ++place) {
        const Member& member = members[place];
        if (member.owner != *key.owner) continue;
        // One that has just failed is asked all the same: nobody else has the session, and the
        // failure may be older than its return.
        const bool is_out =
            member.state.admin == AdminState::maintenance || member.state.health == Health::down;
        return is_out ? std::nullopt : std::optional(place);
    }
    return std::nullopt;
}

}  // namespace balancer

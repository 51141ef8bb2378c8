// Domain to pool, pool to candidates by its policy.

#include "balancer/router.h"

#include <optional>
#include <utility>

namespace balancer {

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
    if (const auto owner = place_of_owner(candidates.pool(), key)) candidates.add(*owner);
    pick(policies_[*index], PickContext{board_, failures_, rates_, key, now}, candidates);
    if (!candidates.empty()) return candidates;
    const bool is_full = !candidates.pool().tiers().empty();
    return core::fail(is_full ? RouteFailure::all_full : RouteFailure::no_backend);
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

// Domain to pool, pool to candidates by its policy.

#include "balancer/router.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace balancer {

std::string_view to_string(RouteFailure why) {
    switch (why) {
        case RouteFailure::unknown_domain:
            return "unknown_domain";
        case RouteFailure::no_backend:
            return "no_backend";
        case RouteFailure::all_full:
            return "all_full";
    }
    return "unknown";
}

Router::Router(std::shared_ptr<const RoutingTable> table, LoadBoard& board, unsigned worker,
               std::uint64_t seed)
    : board_(board), worker_(worker), seeds_(seed) {
    replace_table(std::move(table));
}

void Router::replace_table(std::shared_ptr<const RoutingTable> table) {
    table_ = std::move(table);
    policies_.clear();
    for (const std::shared_ptr<const BackendPool>& pool : table_->pools)
        policies_.push_back(make_policy(pool->settings().balance, seeds_.next()));
}

core::Result<Candidates, RouteFailure> Router::route(const RoutingKey& key, TimePoint now) {
    const std::optional<PoolIndex> index = table_->domains.find(key.domain);
    if (!index) return core::fail(RouteFailure::unknown_domain);
    Candidates candidates(table_->pools[*index]);
    pick(policies_[*index], PickContext{board_, failures_, now}, candidates);
    if (!candidates.empty()) return candidates;
    const bool has_weight = candidates.pool().total_weight() > 0;
    return core::fail(has_weight ? RouteFailure::all_full : RouteFailure::no_backend);
}

}  // namespace balancer

// Joins the domains of a configuration with its pools.

#include "balancer/routing_table.h"

#include <algorithm>
#include <utility>

namespace balancer {

core::Result<std::shared_ptr<const RoutingTable>, std::string> make_routing_table(
    const conf::Config& config, BackendIds& ids) {
    auto table = std::make_shared<RoutingTable>();
    for (const conf::Pool& pool : config.pools) {
        std::shared_ptr<const BackendPool> made = BackendPool::make(pool, ids);
        if (made == nullptr)
            return core::fail("more than " + std::to_string(kMaxBackends) +
                              " different backends since the start; restart to use more");
        table->pools.push_back(std::move(made));
    }
    for (const conf::Domain& domain : config.domains) {
        const auto pool =
            std::find_if(config.pools.begin(), config.pools.end(),
                         [&](const conf::Pool& each) { return each.name == domain.pool; });
        if (pool == config.pools.end())
            return core::fail("domain " + domain.name + " names the pool " + domain.pool +
                              ", which is not there");
        table->domains.add(domain.name, static_cast<PoolIndex>(pool - config.pools.begin()));
    }
    return std::shared_ptr<const RoutingTable>(std::move(table));
}

}  // namespace balancer

// Joins the domains of a configuration with its pools.

#include "balancer/routing_table.h"

#include <cassert>
#include <utility>

#include "balancer/live_change.h"

namespace balancer {

std::optional<PoolIndex> RoutingTable::find_pool(std::string_view name) const {
    const auto found = names->find(name);
    if (found == names->end()) return std::nullopt;
    return found->second;
}

std::set<BackendId> RoutingTable::backend_ids() const {
    std::set<BackendId> ids;
    for (const auto& pool : pools)
        for (const Member& member : pool->members()) ids.insert(member.id);
    return ids;
}

core::Result<std::shared_ptr<const RoutingTable>, std::string> make_routing_table(
    const conf::Config& config, BackendIds& ids, const KnownServices& known,
    const RoutingTable* previous) {
    auto table = std::make_shared<RoutingTable>();
    auto names = std::make_shared<RoutingTable::PoolNames>();
    for (const conf::Pool& pool : config.pools) {
        std::shared_ptr<const BackendPool> made =
            BackendPool::make(with_services(pool, known), ids);
        if (made == nullptr)
            return core::fail("more than " + std::to_string(kMaxBackends) +
                              " different backends within the last minutes");
        const auto before = previous != nullptr ? previous->find_pool(pool.name) : std::nullopt;
        if (before) made = keep_states(*made, *previous->pools[*before]);
        names->emplace(pool.name, static_cast<PoolIndex>(table->pools.size()));
        table->pools.push_back(std::move(made));
    }
    table->names = std::move(names);
    auto domains = std::make_shared<DomainTable>();
    for (const conf::Domain& domain : config.domains) {
        const std::optional<PoolIndex> pool = table->find_pool(domain.pool);
        if (!pool)
            return core::fail("domain " + domain.name + " names the pool " + domain.pool +
                              ", which is not there");
        domains->add(domain.name, *pool);
    }
    table->domains = std::move(domains);
    return std::shared_ptr<const RoutingTable>(std::move(table));
}

std::shared_ptr<const RoutingTable> with_pool(const RoutingTable& table,
                                              std::shared_ptr<const BackendPool> pool) {
    const std::optional<PoolIndex> index = table.find_pool(pool->settings().name);
    assert(index);
    auto changed = std::make_shared<RoutingTable>(table);
    changed->pools[*index] = std::move(pool);
    return changed;
}

}  // namespace balancer

#pragma once
// Domains and pools of one configuration as an immutable snapshot, shared by all workers. Any
// thread.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "balancer/backend_id.h"
#include "balancer/backend_ids.h"
#include "balancer/backend_pool.h"
#include "balancer/domain_table.h"
#include "balancer/srv_members.h"
#include "conf/config.h"
#include "core/result.h"

namespace balancer {

struct RoutingTable {
    using PoolNames = std::map<std::string, PoolIndex, std::less<>>;

    // Shared by all snapshots of one configuration, so that a change of state copies no names.
    std::shared_ptr<const DomainTable> domains = std::make_shared<const DomainTable>();
    std::shared_ptr<const PoolNames> names = std::make_shared<const PoolNames>();
    std::vector<std::shared_ptr<const BackendPool>> pools;  // by PoolIndex

    std::optional<PoolIndex> find_pool(std::string_view name) const;
    std::set<BackendId> backend_ids() const;  // of all members
};

/// Makes the snapshot, `srv` entries being what `known` says of them. `config` has passed
/// conf/check; still, a domain whose pool is not there, or more than kMaxBackends backends, is an
/// error in words. With `previous`, members that stay keep their state as keep_states() says.
core::Result<std::shared_ptr<const RoutingTable>, std::string> make_routing_table(
    const conf::Config& config, BackendIds& ids, const KnownServices& known = {},
    const RoutingTable* previous = nullptr);

/// The same table with another snapshot of the pool that has this one's name, which must be there.
std::shared_ptr<const RoutingTable> with_pool(const RoutingTable& table,
                                              std::shared_ptr<const BackendPool> pool);

}  // namespace balancer

#pragma once
// Domains and pools of one configuration as an immutable snapshot, shared by all workers. Any
// thread.

#include <memory>
#include <string>
#include <vector>

#include "balancer/backend_pool.h"
#include "balancer/domain_table.h"
#include "conf/config.h"
#include "core/result.h"

namespace balancer {

struct RoutingTable {
    DomainTable domains;
    std::vector<std::shared_ptr<const BackendPool>> pools;  // by PoolIndex
};

/// Makes the snapshot. `config` has passed conf/check; still, a domain whose pool is not there, or
/// more than kMaxBackends backends, is an error in words.
core::Result<std::shared_ptr<const RoutingTable>, std::string> make_routing_table(
    const conf::Config& config, BackendIds& ids);

}  // namespace balancer

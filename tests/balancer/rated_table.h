#pragma once
// A pool of two backends, a and b, that give ten logins a second each.

#include <memory>

#include "balancer/backend_ids.h"
#include "balancer/routing_table.h"
#include "conf/config.h"

namespace test {

inline std::shared_ptr<const balancer::RoutingTable> rated_table(balancer::BackendIds& ids) {
    conf::Config config;
    conf::Pool pool{.name = "main"};
    pool.login_rate = 10;
    pool.backends = {{.name = "a", .host = "127.0.0.1"}, {.name = "b", .host = "127.0.0.2"}};
    config.pools = {pool};
    config.domains = {{"example.org", "main"}};
    return balancer::make_routing_table(config, ids).value();
}

}  // namespace test

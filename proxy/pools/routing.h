#pragma once
// An immutable picture of the routing, made by the control loop and read by the workers. Any
// thread.

#include <memory>

#include "balancer/routing_table.h"
#include "dns/known_addresses.h"
#include "proxy/legs/own_addresses.h"
#include "proxy/offers/features_profiles.h"

namespace proxy {

/// What workers route by; never null once published.
struct Routing {
    std::shared_ptr<const balancer::RoutingTable> table;
    std::shared_ptr<const FeaturesProfiles> profiles;
    std::shared_ptr<const OwnAddresses> own;
    /// What checks have found by DNS, and workers. Not a picture of a moment: it grows.
    std::shared_ptr<dns::KnownAddresses> addresses;
};

}  // namespace proxy

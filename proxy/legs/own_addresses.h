#pragma once
// Where this process itself listens, so that it never takes itself for a backend: a session that
// came back in would come back forever. An immutable snapshot; any thread.

#include <vector>

#include "core/endpoint.h"

namespace proxy {

class OwnAddresses {
public:
    OwnAddresses() = default;
    /// `listeners` as configured; a wildcard address stands for every address in `interfaces` and
    /// for all of loopback: "0.0.0.0" for those of IPv4, "[::]" for both families. Ports of
    /// `interfaces` do not matter.
    OwnAddresses(std::vector<core::Endpoint> listeners, std::vector<core::Endpoint> interfaces);
    /// With the addresses that this machine has now; none when it does not tell.
    static OwnAddresses of(std::vector<core::Endpoint> listeners);

    /// Would a connection to `target` (address and port) come to one of the listeners? What is
    /// forwarded here by others (NAT, another balancer) cannot be known.
    bool contains(const core::Endpoint& target) const;

private:
    bool is_reached(const core::Endpoint& listener, const core::Endpoint& target) const;

    std::vector<core::Endpoint> listeners_;
    std::vector<core::Endpoint> interfaces_;
};

}  // namespace proxy

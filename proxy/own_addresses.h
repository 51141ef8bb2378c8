#pragma once
// Where this process itself listens, so that it never takes itself for a backend: a session that
// came back in would come back forever. An immutable snapshot; any thread.

#include <vector>

#include "core/endpoint.h"

namespace proxy {

class OwnAddresses {
public:
    OwnAddresses() = default;
    /// `listeners` as configured; a wildcard address ("0.0.0.0", "[::]") stands for every address
    /// in `interfaces`, and for all of loopback.
    OwnAddresses(std::vector<core::Endpoint> listeners, std::vector<core::Endpoint> interfaces);
    /// With the addresses that this machine has now.
    static OwnAddresses of(std::vector<core::Endpoint> listeners);

    bool contains(const core::Endpoint& target) const;

private:
    std::vector<core::Endpoint> listeners_;
    std::vector<core::Endpoint> interfaces_;
};

}  // namespace proxy

#include "proxy/own_addresses.h"

#include <utility>

namespace proxy {

OwnAddresses::OwnAddresses(std::vector<core::Endpoint> listeners,
                           std::vector<core::Endpoint> interfaces)
    : listeners_(std::move(listeners)), interfaces_(std::move(interfaces)) {}

OwnAddresses OwnAddresses::of(std::vector<core::Endpoint> listeners) {
    return {std::move(listeners), {}};
}

bool OwnAddresses::contains(const core::Endpoint&) const {
    return false;
}

}  // namespace proxy

#include "proxy/legs/own_addresses.h"

#include <ifaddrs.h>

#include <algorithm>
#include <utility>

#include "core/handle.h"

namespace proxy {

namespace {

/// "0.0.0.0" or "::".
bool is_wildcard(const core::Endpoint& endpoint) {
    return endpoint.address_bytes().find_first_not_of('\0') == std::string_view::npos;
}

/// All of 127.0.0.0/8 is this machine (RFC 1122 section 3.2.1.3), ::1 alone in IPv6.
bool is_loopback(const core::Endpoint& endpoint) {
    if (endpoint.is_v4()) return endpoint.address_bytes().front() == 127;
    return endpoint == core::Endpoint::from_address("::1", endpoint.port());
}

/// Linux takes a connection to the wildcard address for one to loopback.
core::Endpoint as_connected(const core::Endpoint& target) {
    if (!is_wildcard(target)) return target;
    return *core::Endpoint::from_address(target.is_v4() ? "127.0.0.1" : "::1", target.port());
}

std::vector<core::Endpoint> interface_addresses() {
    ifaddrs* raw = nullptr;
    if (::getifaddrs(&raw) != 0) return {};
    const core::Handle<ifaddrs, &freeifaddrs> all(raw);
    std::vector<core::Endpoint> found;
    for (const ifaddrs* each = all.get(); each != nullptr; each = each->ifa_next) {
        if (each->ifa_addr == nullptr) continue;
        const auto address = core::Endpoint::from_sockaddr(each->ifa_addr);
        if (address.family() != core::Endpoint::Family::none) found.push_back(address.with_port(0));
    }
    return found;
}

}  // namespace

OwnAddresses::OwnAddresses(std::vector<core::Endpoint> listeners,
                           std::vector<core::Endpoint> interfaces)
    : listeners_(std::move(listeners)), interfaces_(std::move(interfaces)) {}

OwnAddresses OwnAddresses::of(std::vector<core::Endpoint> listeners) {
    return {std::move(listeners), interface_addresses()};
}

bool OwnAddresses::contains(const core::Endpoint& target) const {
    if (target.family() == core::Endpoint::Family::none) return false;
    const core::Endpoint reached = as_connected(target);
    return std::any_of(listeners_.begin(), listeners_.end(), [&](const core::Endpoint& listener) {
        return is_reached(listener, reached);
    });
}

bool OwnAddresses::is_reached(const core::Endpoint& listener, const core::Endpoint& target) const {
    if (listener.port() != target.port()) return false;
    if (!is_wildcard(listener)) return listener == target;
    // "[::]" listens for IPv4, too (core/listener), "0.0.0.0" for IPv4 alone.
    if (listener.is_v4() && !target.is_v4()) return false;
    if (is_loopback(target)) return true;
    return std::any_of(interfaces_.begin(), interfaces_.end(), [&](const core::Endpoint& each) {
        return each.with_port(target.port()) == target;
    });
}

}  // namespace proxy

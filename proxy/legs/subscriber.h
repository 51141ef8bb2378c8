#pragma once
// What of a client's address one subscriber has for itself: all of IPv4, of IPv6 the /64. Any
// thread.

#include <string_view>

#include "core/endpoint.h"

namespace proxy {

/// In network byte order; valid as long as `client`.
inline std::string_view subscriber_of(const core::Endpoint& client) {
    constexpr std::size_t kIpv6Bytes = 8;
    return client.is_v4() ? client.address_bytes() : client.address_bytes().substr(0, kIpv6Bytes);
}

}  // namespace proxy

#pragma once
// Whom the configuration lets DNS ask. Any thread.

#include "conf/config.h"
#include "dns/channel.h"

namespace proxy {

inline dns::Servers name_servers(const conf::Config& config) {
    dns::Servers servers;
    for (const auto& address : config.dns.servers) servers.addresses.push_back(address.to_string());
    return servers;
}

}  // namespace proxy

#pragma once
// The first bytes a backend gets: who the client is, in the form its configuration asks for. Pure.

#include <string>

#include "conf/config.h"
#include "core/proxy_protocol.h"
#include "proxy/client_facts.h"

namespace proxy {

/// What a PROXY header says about this client.
core::ProxyHeader proxy_header(const ClientFacts& facts);

/// The header to send before any other byte; empty when `version` is off.
std::string proxy_preamble(conf::ProxyProtocol version, const ClientFacts& facts);

/// The header for a connection the proxy opens for itself, such as a health check, between real
/// addresses: servers that choke on LOCAL (Prosody and MongooseIM do) accept it as any other.
std::string probe_preamble(conf::ProxyProtocol version, const core::Endpoint& local,
                           const core::Endpoint& backend);

}  // namespace proxy

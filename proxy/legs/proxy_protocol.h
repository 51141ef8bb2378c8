#pragma once
// The first bytes a backend gets: who the client is, in the form its configuration asks for. Pure.

#include <string>
#include <string_view>

#include "conf/config.h"
#include "core/proxy_header.h"
#include "proxy/legs/client_facts.h"

namespace proxy {

/// What a PROXY header says about this client.
core::ProxyHeader proxy_header(const ClientFacts& facts);

/// The header to send to this backend before any other byte; empty when it wants none. Only a
/// backend that is configured for it gets what logins are bound to.
std::string proxy_preamble(const conf::Backend& backend, const ClientFacts& facts);

/// The header for a connection the proxy opens for itself, such as a health check, between real
/// addresses: servers that choke on LOCAL (Prosody and MongooseIM do) accept it as any other. It
/// says what those of sessions say, a client of `domain` with TLS 1.3, because a server may offer
/// other logins to a client that it believes to be without; and with something to bind a login to,
/// where sessions have that.
std::string probe_preamble(const conf::Backend& backend, const core::Endpoint& local,
                           const core::Endpoint& remote, std::string_view domain);

}  // namespace proxy

#pragma once
// What a client's own connection says about it. Loop thread only.

#include "core/connection.h"
#include "core/endpoint.h"
#include "proxy/legs/client_facts.h"

namespace proxy {

/// `connection` is secure, or the client is behind somebody who ended its TLS. `local`: where the
/// client connected to, as somebody in front of us said; unspecified: to our end of the connection.
ClientFacts facts_of(const core::Connection& connection, const core::Endpoint& client,
                     const core::Endpoint& local);

}  // namespace proxy

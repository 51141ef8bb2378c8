#pragma once
// What a client's own connection says about it. Loop thread only.

#include "core/connection.h"
#include "core/endpoint.h"
#include "proxy/legs/client_facts.h"

namespace proxy {

/// `connection` is secure, or the client is behind somebody who ended its TLS.
ClientFacts facts_of(const core::Connection& connection, const core::Endpoint& client);

}  // namespace proxy

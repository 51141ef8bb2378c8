#pragma once
// What a client's own connection says about it. Loop thread only.

#include "core/connection.h"
#include "core/endpoint.h"
#include "core/handle.h"
#include "proxy/legs/client_facts.h"

namespace proxy {

/// What a leg knows of its client until its session is settled.
struct KnownClient {
    ClientFacts facts;
    core::Certificate shown;  // to the client by TLS; null: not known
};

/// Of the handshake, what can be known of it: within ConnectionEvents::on_secured, or where the
/// client is behind somebody who ended its TLS. `local`: where the client connected to, as somebody
/// in front of us said; unspecified: to our end of the connection. Bindings cost a hash or two.
KnownClient know_client(const core::Connection& connection, const core::Endpoint& client,
                        const core::Endpoint& local, bool with_bindings);

}  // namespace proxy

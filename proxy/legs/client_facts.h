#pragma once
// What is known about the client of a session, as one value: the backend link hands it on (today in
// a PROXY header), logs quote it. Made by the client leg. Any thread.

#include <string>

#include "core/channel_bindings.h"
#include "core/endpoint.h"

namespace proxy {

struct ClientFacts {
    core::Endpoint client;  // where the client connects from
    core::Endpoint local;   // where it connected to
    std::string unique_id;  // names the session in the logs of proxy and backend; at most 128 bytes
    bool is_secure = false;       // the fields below are set
    std::string tls_version;      // "TLSv1.3"
    std::string tls_cipher;       // "TLS_AES_128_GCM_SHA256"
    std::string alpn;             // empty: none agreed on
    std::string sni;              // empty: none sent
    bool is_tls_resumed = false;  // by a session ticket
    /// What logins can be bound to, read from the TLS; only if a backend wants to know it.
    core::ChannelBindings bindings;
};

}  // namespace proxy

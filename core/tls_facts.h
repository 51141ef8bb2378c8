#pragma once
// What an established SSL can tell logs and the PROXY header, read through plain values. Loop
// thread of the connection.

#include <string>
#include <string_view>

#include "core/channel_bindings.h"
#include "core/handle.h"

namespace core {

/// Views are valid while the SSL lives and no new handshake runs; version and cipher for ever.
struct TlsFacts {
    std::string_view version;  // "TLSv1.3"
    std::string_view cipher;  // OpenSSL name, as the PROXY protocol wants: "TLS_AES_128_GCM_SHA256"
    std::string_view alpn;    // the protocol agreed on, or empty
    std::string_view sni;     // the name the client asked for, or empty
    bool resumed = false;     // by a session ticket
};

/// Facts of an SSL whose handshake is complete.
TlsFacts tls_facts(const SSL* ssl);

/// What logins over an SSL whose handshake is complete can be bound to; empty what is not defined
/// for it: tls-exporter needs TLS 1.3 or the extended master secret, tls-unique TLS 1.2 with that
/// secret. We are its server. It costs a hash or two: only for those who need it.
ChannelBindings channel_bindings(SSL* ssl);

/// The reason of the oldest entry of this thread's OpenSSL error queue ("no shared cipher"), and
/// empties the queue. Empty when there is none. Never holds key material or names.
std::string take_tls_error();

}  // namespace core

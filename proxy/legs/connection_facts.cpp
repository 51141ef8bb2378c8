#include "proxy/legs/connection_facts.h"

#include <string>

#include "core/tls_facts.h"

namespace proxy {

KnownClient know_client(const core::Connection& connection, const core::Endpoint& client,
                        const core::Endpoint& local, bool with_bindings) {
    KnownClient known;
    ClientFacts& facts = known.facts;
    facts.client = client;
    facts.local = local.family() == core::Endpoint::Family::none ? connection.local() : local;
    facts.is_secure = true;
    if (!connection.is_secure()) return known;
    const core::TlsFacts tls = connection.tls_facts();
    facts.tls_version = std::string(tls.version);
    facts.tls_cipher = std::string(tls.cipher);
    facts.alpn = std::string(tls.alpn);
    facts.sni = std::string(tls.sni);
    facts.is_tls_resumed = tls.resumed;
    if (with_bindings) facts.bindings = connection.channel_bindings();
    known.shown = connection.shown_certificate();
    return known;
}

}  // namespace proxy

#include "proxy/legs/connection_facts.h"

#include <string>

#include "core/tls_facts.h"

namespace proxy {

ClientFacts facts_of(const core::Connection& connection, const core::Endpoint& client,
                     const core::Endpoint& local) {
    ClientFacts facts;
    facts.client = client;
    facts.local = local.family() == core::Endpoint::Family::none ? connection.local() : local;
    facts.is_secure = true;
    if (!connection.is_secure()) return facts;
    const core::TlsFacts tls = connection.tls_facts();
    facts.tls_version = std::string(tls.version);
    facts.tls_cipher = std::string(tls.cipher);
    facts.alpn = std::string(tls.alpn);
    facts.sni = std::string(tls.sni);
    facts.is_tls_resumed = tls.resumed;
    return facts;
}

}  // namespace proxy

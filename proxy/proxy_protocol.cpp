// Client facts into header fields, one to one.

#include "proxy/proxy_protocol.h"

namespace proxy {
namespace {

std::string encoded(conf::ProxyProtocol version, const core::ProxyHeader& header) {
    switch (version) {
        case conf::ProxyProtocol::off: break;
        case conf::ProxyProtocol::v1: return core::encode_proxy_v1(header);
        case conf::ProxyProtocol::v2: return core::encode_proxy_v2(header);
    }
    return {};
}

}  // namespace

core::ProxyHeader proxy_header(const ClientFacts& facts) {
    core::ProxyHeader header;
    header.source = facts.client;
    header.destination = facts.local;
    header.unique_id = facts.unique_id;
    header.is_tls = facts.is_secure;
    if (!facts.is_secure) return header;
    header.alpn = facts.alpn;
    header.authority = facts.sni;
    header.tls_version = facts.tls_version;
    header.tls_cipher = facts.tls_cipher;
    return header;
}

std::string proxy_preamble(conf::ProxyProtocol version, const ClientFacts& facts) {
    return encoded(version, proxy_header(facts));
}

std::string probe_preamble(conf::ProxyProtocol version, const core::Endpoint& local,
                           const core::Endpoint& backend, std::string_view domain) {
    core::ProxyHeader header;
    header.source = local;
    header.destination = backend;
    header.is_tls = true;
    header.authority = domain;
    header.tls_version = "TLSv1.3";
    header.tls_cipher = "TLS_AES_128_GCM_SHA256";
    return encoded(version, header);
}

}  // namespace proxy

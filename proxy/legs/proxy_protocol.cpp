// Client facts into header fields, one to one.

#include "proxy/legs/proxy_protocol.h"

#include "core/proxy_protocol_v1.h"
#include "core/proxy_protocol_v2.h"

namespace proxy {
namespace {

constexpr std::size_t kSha256Bytes = 32;

bool is_told_bindings(const conf::Backend& backend) {
    return backend.channel_binding == conf::ChannelBinding::told;
}

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

std::string proxy_preamble(const conf::Backend& backend, const ClientFacts& facts) {
    core::ProxyHeader header = proxy_header(facts);
    if (is_told_bindings(backend)) header.bindings = facts.bindings;
    return encoded(backend.proxy, header);
}

std::string probe_preamble(const conf::Backend& backend, const core::Endpoint& local,
                           const core::Endpoint& remote, std::string_view domain) {
    core::ProxyHeader header;
    header.source = local;
    header.destination = remote;
    header.is_tls = true;
    header.authority = domain;
    header.tls_version = "TLSv1.3";
    header.tls_cipher = "TLS_AES_128_GCM_SHA256";
    if (is_told_bindings(backend)) {
        // Of a check nobody logs in, so any value serves; TLS 1.3 has no tls-unique.
        header.bindings = {
            .exporter = core::ChannelBinding(std::string(core::kTlsExporterBytes, '\0')),
            .server_end_point = core::ChannelBinding(std::string(kSha256Bytes, '\0'))};
    }
    return encoded(backend.proxy, header);
}

}  // namespace proxy

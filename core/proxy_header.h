#pragma once
// What a PROXY header of either version says, and what reading one gives.
// Values; any thread.
// Source: HAProxy's doc/proxy-protocol.txt, sections 2.1 (version 1) and 2.2 (version 2).

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "core/channel_bindings.h"
#include "core/endpoint.h"

namespace core {

/// What a PROXY header says about one connection.
struct ProxyHeader {
    /// True: the proxy speaks for itself (a health check); the addresses are to be ignored.
    bool is_local = false;
    Endpoint source;       // the client; unspecified when unknown
    Endpoint destination;  // where the client connected to
    // The rest travels in version 2 only; empty means absent.
    std::string alpn;         // protocol agreed on, "xmpp-client"
    std::string authority;    // SNI
    std::string unique_id;    // at most 128 bytes
    bool is_tls = false;      // the client is connected over TLS
    std::string tls_version;  // "TLSv1.3"; only with is_tls, as the next
    std::string tls_cipher;   // "TLS_AES_128_GCM_SHA256"
    // For servers of ours, in types of the range left to applications (section 2.2.8): 0xE0 (32
    // bytes), 0xE1 (20 to 64 bytes), 0xE2 (12 bytes).
    ChannelBindings bindings;

    /// Is there anything to say of addresses?
    bool has_addresses() const;
    /// Must both be written as IPv6?
    bool is_v6() const;
    friend bool operator==(const ProxyHeader&, const ProxyHeader&) = default;
};

/// A header was read; it took the first `bytes` of the input.
struct ProxyDecoded {
    ProxyHeader header;
    std::size_t bytes = 0;
};
/// All bytes so far may begin a header; call again with more of them.
struct ProxyIncomplete {};
/// This is no header; `offset` is the first byte that cannot be part of one.
struct ProxyRefused {
    std::size_t offset = 0;
    std::string_view expected;  // a literal: what should have stood there
};
using ProxyDecodeResult = std::variant<ProxyDecoded, ProxyIncomplete, ProxyRefused>;

struct ProxyDecodeLimits {
    /// Of one header; a longer one is refused as soon as its length is known.
    std::size_t bytes = 2048;
};

}  // namespace core

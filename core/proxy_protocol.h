#pragma once
// The PROXY protocol, versions 1 and 2, both ways: how a proxy tells a server who its client is.
// Pure: values in, bytes out, and back. Any thread.
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

    friend bool operator==(const ProxyHeader&, const ProxyHeader&) = default;
};

inline constexpr std::size_t kProxyV1Bytes = 107;        // longest version 1 line, CRLF included
inline constexpr std::size_t kProxyV2FixedBytes = 16;    // signature, command, family, length
inline constexpr std::size_t kProxyUniqueIdBytes = 128;  // section 2.2.5
inline constexpr std::size_t kEndPointBytesLeast = 20;
inline constexpr std::size_t kEndPointBytesMost = 64;  // of SHA-512
inline constexpr std::size_t kProxyTextBytes = 255;    // of any other text we put into a TLV; ours

/// `PROXY TCP4 ...\r\n`. When the families differ, the IPv4 side is written as ::ffff:a.b.c.d and
/// the line says TCP6. With an unspecified or local source, `PROXY UNKNOWN\r\n`: several servers
/// close such connections, so have a source. A port of 0 or 65535 is refused by Prosody's
/// mod_net_proxy.
std::string encode_proxy_v1(const ProxyHeader& header);

/// The binary header with its TLVs: ALPN, AUTHORITY, UNIQUE_ID, SSL with VERSION and CIPHER, ours;
/// families as for version 1. Texts over their limit are left out, never cut. Local or without
/// source: the LOCAL command without addresses.
std::string encode_proxy_v2(const ProxyHeader& header);

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

/// Reads one header of either version from the front of `bytes`, which starts at the connection's
/// first byte. Stateless: while it answers ProxyIncomplete, keep the bytes and call again; the
/// answer for any split is the same. What encode_proxy_v1() and encode_proxy_v2() write reads back
/// as it was. Version 2 without TCP over IPv4 or IPv6 falls back to unspecified addresses (section
/// 2.2), its TLVs unread. Strict otherwise: TLVs must fill the length exactly, a CRC32C is checked,
/// known TLVs stand at most once; unknown ones are skipped.
ProxyDecodeResult decode_proxy(std::string_view bytes, const ProxyDecodeLimits& limits = {});

}  // namespace core

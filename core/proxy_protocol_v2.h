#pragma once
// Version 2 of the PROXY protocol: a fixed part, addresses, TLVs. Pure; any thread.

#include <cstddef>
#include <string>
#include <string_view>

#include "core/proxy_header.h"

namespace core {

/// The signature. Its first byte differs from version 1's.
inline constexpr std::string_view kProxyV2Beginning("\r\n\r\n\0\r\nQUIT\n", 12);
inline constexpr std::size_t kProxyV2FixedBytes = 16;    // signature, command, family, length
inline constexpr std::size_t kProxyUniqueIdBytes = 128;  // section 2.2.5
inline constexpr std::size_t kEndPointBytesLeast = 20;
inline constexpr std::size_t kEndPointBytesMost = 64;  // of SHA-512
inline constexpr std::size_t kProxyTextBytes = 255;    // of any other text we put into a TLV; ours

/// The binary header with its TLVs: ALPN, AUTHORITY, UNIQUE_ID, SSL with VERSION and CIPHER, ours;
/// families as for version 1. Texts over their limit are left out, never cut. Local or without
/// source: the LOCAL command without addresses.
std::string encode_proxy_v2(const ProxyHeader& header);

/// As decode_proxy(), for `bytes` that begin with kProxyV2Beginning.
ProxyDecodeResult decode_proxy_v2(std::string_view bytes, const ProxyDecodeLimits& limits);

}  // namespace core

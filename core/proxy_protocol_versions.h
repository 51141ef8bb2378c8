#pragma once
// The two versions of the PROXY protocol as core/proxy_protocol puts them together. Internal to its
// rooms.

#include <string_view>

#include "core/proxy_protocol.h"

namespace core {

/// What each version begins with: the first bytes differ.
inline constexpr std::string_view kProxyV1Beginning = "PROXY ";
inline constexpr std::string_view kProxyV2Beginning("\r\n\r\n\0\r\nQUIT\n", 12);

/// Is there anything to say of addresses?
bool has_addresses(const ProxyHeader& header);
/// Must both be written as IPv6?
bool is_v6(const ProxyHeader& header);

/// As decode_proxy(); `bytes` has the whole beginning of the version.
ProxyDecodeResult decode_proxy_v1(std::string_view bytes, const ProxyDecodeLimits& limits);
ProxyDecodeResult decode_proxy_v2(std::string_view bytes, const ProxyDecodeLimits& limits);

}  // namespace core

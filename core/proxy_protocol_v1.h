#pragma once
// Version 1 of the PROXY protocol: a line of text. Pure; any thread.

#include <cstddef>
#include <string>
#include <string_view>

#include "core/proxy_header.h"

namespace core {

inline constexpr std::string_view kProxyV1Beginning = "PROXY ";
inline constexpr std::size_t kProxyV1Bytes = 107;  // longest line, CRLF included

/// `PROXY TCP4 ...\r\n`. When the families differ, the IPv4 side is written as ::ffff:a.b.c.d and
/// the line says TCP6. With an unspecified or local source, `PROXY UNKNOWN\r\n`: several servers
/// close such connections, so have a source. A port of 0 or 65535 is refused by Prosody's
/// mod_net_proxy.
std::string encode_proxy_v1(const ProxyHeader& header);

/// As decode_proxy(), for `bytes` that begin with kProxyV1Beginning.
ProxyDecodeResult decode_proxy_v1(std::string_view bytes, const ProxyDecodeLimits& limits);

}  // namespace core

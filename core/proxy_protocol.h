#pragma once
// The PROXY protocol of either version, read: how a proxy tells a server who its client is. Each
// version has a room that writes it (core/proxy_protocol_v1, core/proxy_protocol_v2). Pure; any
// thread.

#include <string_view>

#include "core/proxy_header.h"

namespace core {

/// Reads one header of either version from the front of `bytes`, which starts at the connection's
/// first byte. Stateless: while it answers ProxyIncomplete, keep the bytes and call again; the
/// answer for any split is the same. What encode_proxy_v1() and encode_proxy_v2() write reads back
/// as it was. Version 2 without TCP over IPv4 or IPv6 falls back to unspecified addresses (section
/// 2.2), its TLVs unread. Strict otherwise: TLVs must fill the length exactly, a CRC32C is checked,
/// known TLVs stand at most once; unknown ones are skipped.
ProxyDecodeResult decode_proxy(std::string_view bytes, const ProxyDecodeLimits& limits = {});

}  // namespace core

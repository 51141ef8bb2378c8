// Tells the versions apart; each has a room of its own.

#include "core/proxy_protocol.h"

#include <algorithm>

#include "core/proxy_protocol_v1.h"
#include "core/proxy_protocol_v2.h"

namespace core {

ProxyDecodeResult decode_proxy(std::string_view bytes, const ProxyDecodeLimits& limits) {
    // The two beginnings differ in their first byte, so one comparison settles the version.
    const bool is_v1 = bytes.starts_with('P');
    const std::string_view beginning = is_v1 ? kProxyV1Beginning : kProxyV2Beginning;
    const std::size_t compared = std::min(bytes.size(), beginning.size());
    for (std::size_t i = 0; i < compared; ++i)
        if (bytes[i] != beginning[i]) return ProxyRefused{i, "a PROXY header"};
    if (bytes.size() < beginning.size()) return ProxyIncomplete{};
    return is_v1 ? decode_proxy_v1(bytes, limits) : decode_proxy_v2(bytes, limits);
}

}  // namespace core

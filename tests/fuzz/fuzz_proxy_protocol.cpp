// Aim: the decoder reads any bytes within bounds, answers the same for every split, and takes what
// the encoder makes of what it has read.

#include <cstdint>
#include <string_view>

#include "core/proxy_protocol.h"
#include "tests/fuzz/require.h"

namespace {

using fuzz::require;

void check_round_trip(const core::ProxyHeader& header) {
    const core::ProxyDecodeResult again = core::decode_proxy(core::encode_proxy_v2(header));
    const auto* decoded = std::get_if<core::ProxyDecoded>(&again);
    require(decoded != nullptr);
    require(decoded->header.source == header.source);
    require(decoded->header.destination == header.destination);
    require(decoded->header.unique_id == header.unique_id);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const core::ProxyDecodeResult whole = core::decode_proxy(bytes);
    const auto* decoded = std::get_if<core::ProxyDecoded>(&whole);
    const bool is_refused = std::holds_alternative<core::ProxyRefused>(whole);
    if (decoded != nullptr) {
        require(decoded->bytes <= size);
        const bool has_source = decoded->header.source.family() != core::Endpoint::Family::none;
        if (!decoded->header.is_local && has_source) check_round_trip(decoded->header);
    }
    const std::size_t last_cut = decoded != nullptr ? decoded->bytes : size;
    for (std::size_t cut = 0; cut < last_cut; ++cut) {
        const core::ProxyDecodeResult part = core::decode_proxy(bytes.substr(0, cut));
        require(!std::holds_alternative<core::ProxyDecoded>(part));
        require(is_refused || std::holds_alternative<core::ProxyIncomplete>(part));
    }
    return 0;
}

// Aim: the decoder reads any bytes within bounds and answers the same for every split; decoder and
// encoder are each other's inverse, in both versions: what was read, written and read again is the
// same, and so is what is written from it.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/proxy_protocol.h"
#include "core/proxy_protocol_v1.h"
#include "core/proxy_protocol_v2.h"
#include "tests/fuzz/require.h"

namespace {

using fuzz::require;

core::ProxyHeader read_back(const std::string& written) {
    const core::ProxyDecodeResult again = core::decode_proxy(written + "\n");
    const auto* decoded = std::get_if<core::ProxyDecoded>(&again);
    require(decoded != nullptr);
    require(decoded->bytes == written.size());
    return decoded->header;
}

bool has_addresses(const core::ProxyHeader& header) {
    return !header.is_local && header.source.family() != core::Endpoint::Family::none;
}

/// As much of it as version 1 has words for.
core::ProxyHeader addresses_of(const core::ProxyHeader& header) {
    core::ProxyHeader addresses;
    if (!has_addresses(header)) return addresses;
    addresses.source = header.source;
    addresses.destination = header.destination;
    return addresses;
}

/// The same of version 2, whose encoder leaves out texts over its limit.
core::ProxyHeader within_limits(core::ProxyHeader header) {
    if (!has_addresses(header)) {
        core::ProxyHeader local;
        local.is_local = true;
        return local;
    }
    for (std::string* text :
         {&header.alpn, &header.authority, &header.tls_version, &header.tls_cipher})
        if (text->size() > core::kProxyTextBytes) text->clear();
    return header;
}

void check_round_trip(const core::ProxyHeader& header) {
    const std::string v1 = core::encode_proxy_v1(header);
    require(v1.size() <= core::kProxyV1Bytes);
    require(read_back(v1) == addresses_of(header));
    require(core::encode_proxy_v1(read_back(v1)) == v1);
    const std::string v2 = core::encode_proxy_v2(header);
    require(read_back(v2) == within_limits(header));
    require(core::encode_proxy_v2(read_back(v2)) == v2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const core::ProxyDecodeResult whole = core::decode_proxy(bytes);
    const auto* decoded = std::get_if<core::ProxyDecoded>(&whole);
    const bool is_refused = std::holds_alternative<core::ProxyRefused>(whole);
    if (decoded != nullptr) {
        require(decoded->bytes <= size);
        check_round_trip(decoded->header);
    }
    const std::size_t last_cut = decoded != nullptr ? decoded->bytes : size;
    for (std::size_t cut = 0; cut < last_cut; ++cut) {
        const core::ProxyDecodeResult part = core::decode_proxy(bytes.substr(0, cut));
        require(!std::holds_alternative<core::ProxyDecoded>(part));
        require(is_refused || std::holds_alternative<core::ProxyIncomplete>(part));
    }
    return 0;
}

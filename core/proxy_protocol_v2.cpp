// Encoder and decoder share the constants of section 2.2; the decoder reads through one bounded
// cursor.

#include "core/proxy_protocol_v2.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

namespace core {
namespace {

enum Command : std::uint8_t { kLocal = 0x20, kProxy = 0x21 };  // version 2 in the high nibble
enum Family : std::uint8_t { kUnspecified = 0x00, kTcp4 = 0x11, kTcp6 = 0x21 };
enum Tlv : std::uint8_t {
    kAlpn = 0x01,
    kAuthority = 0x02,
    kCrc32c = 0x03,
    kUniqueId = 0x05,
    kSsl = 0x20,
    kTlsExporter = 0xe0,
    kTlsServerEndPoint = 0xe1,
    kTlsUnique = 0xe2
};
enum SslTlv : std::uint8_t { kSslVersion = 0x21, kSslCipher = 0x23 };

constexpr std::size_t kTlvHead = 3;  // type, length
constexpr std::size_t kSslHead = 5;  // client bits, verify
constexpr std::uint8_t kClientIsTls = 0x01;
constexpr std::uint8_t kNotVerified = 1;  // no client certificate was asked for
constexpr std::size_t kTcp4Bytes = 4 + 4 + 2 + 2;
constexpr std::size_t kTcp6Bytes = 16 + 16 + 2 + 2;

/// Address bytes for a header of 4 or 16 byte addresses; IPv4 becomes ::ffff:a.b.c.d where needed.
std::string address_of(const Endpoint& endpoint, bool as_v6) {
    const std::string_view bytes = endpoint.address_bytes();
    if (!as_v6 || bytes.size() == 16) return std::string(bytes);
    std::string mapped(16, '\0');
    if (bytes.size() == 4) {
        mapped[10] = mapped[11] = '\xff';
        std::copy(bytes.begin(), bytes.end(), mapped.begin() + 12);
    }
    return mapped;
}

void put_u16(std::string& out, std::size_t value) {
    out += static_cast<char>(value >> 8 & 0xff);
    out += static_cast<char>(value & 0xff);
}

void put_tlv(std::string& out, std::uint8_t type, std::string_view value, std::size_t most) {
    if (value.empty() || value.size() > most) return;
    out += static_cast<char>(type);
    put_u16(out, value.size());
    out += value;
}

void put_tls(std::string& out, const ProxyHeader& header) {
    if (!header.is_tls) return;
    std::string value;
    value += static_cast<char>(kClientIsTls);
    value += std::string_view("\0\0\0", 3);
    value += static_cast<char>(kNotVerified);
    put_tlv(value, kSslVersion, header.tls_version, kProxyTextBytes);
    put_tlv(value, kSslCipher, header.tls_cipher, kProxyTextBytes);
    put_tlv(out, kSsl, value, value.size());
}

}  // namespace

std::string encode_proxy_v2(const ProxyHeader& header) {
    std::string out(kProxyV2Beginning);
    if (!header.has_addresses()) {
        out += static_cast<char>(kLocal);
        out += static_cast<char>(kUnspecified);
        put_u16(out, 0);
        return out;
    }
    const bool as_v6 = header.is_v6();
    std::string rest = address_of(header.source, as_v6) + address_of(header.destination, as_v6);
    put_u16(rest, header.source.port());
    put_u16(rest, header.destination.port());
    put_tlv(rest, kAlpn, header.alpn, kProxyTextBytes);
    put_tlv(rest, kAuthority, header.authority, kProxyTextBytes);
    put_tlv(rest, kUniqueId, header.unique_id, kProxyUniqueIdBytes);
    put_tls(rest, header);
    put_tlv(rest, kTlsExporter, header.bindings.exporter.reveal(), kTlsExporterBytes);
    put_tlv(rest, kTlsServerEndPoint, header.bindings.server_end_point.reveal(),
            kEndPointBytesMost);
    put_tlv(rest, kTlsUnique, header.bindings.unique.reveal(), kTlsUniqueBytes);

    out += static_cast<char>(kProxy);
    out += static_cast<char>(as_v6 ? kTcp6 : kTcp4);
    put_u16(out, rest.size());
    return out += rest;
}

namespace {

/// CRC-32C (RFC 3720 appendix B.4), bit by bit: it runs once per connection at most.
std::uint32_t crc32c(std::string_view bytes, std::size_t zero_from, std::size_t zero_bytes) {
    std::uint32_t crc = 0xffffffff;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const bool is_zeroed = i >= zero_from && i < zero_from + zero_bytes;
        crc ^= is_zeroed ? 0 : static_cast<unsigned char>(bytes[i]);
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82f63b78U : 0);
    }
    return ~crc;
}

std::size_t u8_at(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
}
std::size_t u16_at(std::string_view bytes, std::size_t at) {
    return u8_at(bytes, at) << 8 | u8_at(bytes, at + 1);
}

Endpoint endpoint_at(std::string_view bytes, std::size_t at, bool as_v6, std::uint16_t port) {
    sockaddr_storage storage{};
    if (as_v6) {
        auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
        v6.sin6_family = AF_INET6;
        bytes.copy(reinterpret_cast<char*>(&v6.sin6_addr), 16, at);
    } else {
        auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
        v4.sin_family = AF_INET;
        bytes.copy(reinterpret_cast<char*>(&v4.sin_addr), 4, at);
    }
    return Endpoint::from_sockaddr(reinterpret_cast<const sockaddr*>(&storage)).with_port(port);
}

/// Reads the TLVs between `at` and the end of `bytes`, which is one whole header. `seen` holds a
/// bit per known type, so that none is read twice.
class TlvReader {
public:
    TlvReader(std::string_view bytes, ProxyHeader& header) : bytes_(bytes), header_(header) {}

    std::optional<ProxyRefused> read(std::size_t at, std::size_t end, bool is_inside_ssl) {
        while (at < end) {
            if (end - at < kTlvHead) return ProxyRefused{at, "a TLV's type and length"};
            const std::size_t value = at + kTlvHead;
            const std::size_t length = u16_at(bytes_, at + 1);
            if (length > end - value)
                return ProxyRefused{at + 1, "a TLV that ends within the header"};
            const auto refused =
                is_inside_ssl ? read_ssl_part(at, value, length) : read_one(at, value, length);
            if (refused) return refused;
            at = value + length;
        }
        return std::nullopt;
    }

private:
    std::optional<ProxyRefused> read_one(std::size_t at, std::size_t value, std::size_t length) {
        switch (u8_at(bytes_, at)) {
            case kAlpn: return keep(header_.alpn, at, value, length);
            case kAuthority: return keep(header_.authority, at, value, length);
            case kUniqueId:
                if (length > kProxyUniqueIdBytes)
                    return ProxyRefused{at + 1, "a unique id of at most 128 bytes"};
                return keep(header_.unique_id, at, value, length);
            case kCrc32c: return check_sum(value, length);
            case kTlsExporter:
                if (length != kTlsExporterBytes)
                    return ProxyRefused{at + 1, "a tls-exporter value of 32 bytes"};
                return keep(header_.bindings.exporter, at, value, length);
            case kTlsServerEndPoint:
                if (length < kEndPointBytesLeast || length > kEndPointBytesMost)
                    return ProxyRefused{at + 1, "a tls-server-end-point value of 20 to 64 bytes"};
                return keep(header_.bindings.server_end_point, at, value, length);
            case kTlsUnique:
                if (length != kTlsUniqueBytes)
                    return ProxyRefused{at + 1, "a tls-unique value of 12 bytes"};
                return keep(header_.bindings.unique, at, value, length);
            case kSsl:
                if (length < kSslHead) return ProxyRefused{at + 1, "an SSL TLV of 5 bytes or more"};
                if (!mark(at)) return ProxyRefused{at, "each TLV once"};
                return read_ssl(value, length);
            default: return std::nullopt;
        }
    }
    std::optional<ProxyRefused> read_ssl(std::size_t value, std::size_t length) {
        header_.is_tls = (u8_at(bytes_, value) & kClientIsTls) != 0;
        const auto refused = read(value + kSslHead, value + length, true);
        // Section 2.2.6: they belong to a client that is connected over TLS.
        if (!header_.is_tls) header_.tls_version = header_.tls_cipher = {};
        return refused;
    }
    std::optional<ProxyRefused> read_ssl_part(std::size_t at, std::size_t value,
                                              std::size_t length) {
        switch (u8_at(bytes_, at)) {
            case kSslVersion: return keep(header_.tls_version, at, value, length);
            case kSslCipher: return keep(header_.tls_cipher, at, value, length);
            default: return std::nullopt;
        }
    }
    template <class Field>
    std::optional<ProxyRefused> keep(Field& field, std::size_t at, std::size_t value,
                                     std::size_t length) {
        if (!mark(at)) return ProxyRefused{at, "each TLV once"};
        field = Field(std::string(bytes_.substr(value, length)));
        return std::nullopt;
    }
    std::optional<ProxyRefused> check_sum(std::size_t value, std::size_t length) {
        if (length != 4) return ProxyRefused{value, "a checksum of 4 bytes"};
        const std::size_t sum = u16_at(bytes_, value) << 16 | u16_at(bytes_, value + 2);
        if (sum != crc32c(bytes_, value, length))
            return ProxyRefused{value, "the header's CRC-32C"};
        return std::nullopt;
    }
    bool mark(std::size_t at) {
        bool& seen = seen_[u8_at(bytes_, at)];
        return !std::exchange(seen, true);
    }

    std::string_view bytes_;
    ProxyHeader& header_;
    std::array<bool, 256> seen_{};  // by type; those of the SSL parts differ from the others
};

std::optional<ProxyRefused> check_fixed_part(std::string_view bytes, std::size_t limit) {
    const std::size_t command = u8_at(bytes, 12);
    const std::size_t family = u8_at(bytes, 13);
    const std::size_t length = u16_at(bytes, 14);
    if (command != kLocal && command != kProxy)
        return ProxyRefused{12, "version 2 and the command LOCAL or PROXY"};
    if (kProxyV2FixedBytes + length > limit) return ProxyRefused{14, "a shorter header"};
    if (command == kLocal) return std::nullopt;
    if ((family == kTcp4 && length < kTcp4Bytes) || (family == kTcp6 && length < kTcp6Bytes))
        return ProxyRefused{14, "room for two addresses"};
    return std::nullopt;
}

}  // namespace

ProxyDecodeResult decode_proxy_v2(std::string_view bytes, const ProxyDecodeLimits& limits) {
    if (bytes.size() < kProxyV2FixedBytes) return ProxyIncomplete{};
    if (const auto refused = check_fixed_part(bytes, limits.bytes)) return *refused;
    const std::size_t total = kProxyV2FixedBytes + u16_at(bytes, 14);
    if (bytes.size() < total) return ProxyIncomplete{};

    ProxyDecoded decoded{{}, total};
    const std::size_t family = u8_at(bytes, 13);
    decoded.header.is_local = u8_at(bytes, 12) == kLocal;
    const bool as_v6 = family == kTcp6;
    // LOCAL and UNSPEC: what follows has no form that the specification fixes, and is skipped. All
    // other families (UDP, unix sockets, what version 2 has no name for) fall back to UNSPEC, as
    // section 2.2 wants it: the length says how much to skip without knowing them.
    if (decoded.header.is_local || !(as_v6 || family == kTcp4)) return decoded;

    const std::size_t address = as_v6 ? 16 : 4;
    const std::size_t at = kProxyV2FixedBytes;
    const std::size_t ports = at + 2 * address;
    const auto source_port = static_cast<std::uint16_t>(u16_at(bytes, ports));
    const auto destination_port = static_cast<std::uint16_t>(u16_at(bytes, ports + 2));
    decoded.header.source = endpoint_at(bytes, at, as_v6, source_port);
    decoded.header.destination = endpoint_at(bytes, at + address, as_v6, destination_port);
    TlvReader reader(bytes.substr(0, total), decoded.header);
    if (const auto refused = reader.read(ports + 4, total, false)) return *refused;
    return decoded;
}

}  // namespace core

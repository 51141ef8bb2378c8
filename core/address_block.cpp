#include "core/address_block.h"

#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace core {
namespace {

/// A decimal number without sign and leading zeros.
std::optional<unsigned> plain_number(std::string_view text) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_plain = !text.empty() && (text.size() == 1 || text.front() != '0');
    if (!is_plain || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

struct Written {
    Endpoint address;
    unsigned bits;  // all of them where no prefix is written
    bool has_prefix;
};

/// "ADDRESS/BITS" or "ADDRESS"; nullopt for anything else. The prefix of an IPv4-mapped address
/// counts the 96 bits in front of the IPv4 address, which the endpoint leaves out.
std::optional<Written> take_apart(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string_view address = text.substr(0, slash);
    const auto endpoint = Endpoint::from_address(address, 0);
    if (!endpoint) return std::nullopt;
    const auto widest = static_cast<unsigned>(endpoint->address_bytes().size() * 8);
    if (slash == std::string_view::npos) return Written{*endpoint, widest, false};
    const bool is_mapped = endpoint->is_v4() && address.find(':') != std::string_view::npos;
    const unsigned in_front = is_mapped ? 96 : 0;
    const auto bits = plain_number(text.substr(slash + 1));
    if (!bits || *bits < in_front || *bits - in_front > widest) return std::nullopt;
    return Written{*endpoint, *bits - in_front, true};
}

/// The first `bits` of both are the same.
bool share_prefix(std::string_view one, std::string_view other, unsigned bits) {
    const std::size_t whole = bits / 8;
    if (one.substr(0, whole) != other.substr(0, whole)) return false;
    if (bits % 8 == 0) return true;
    const int differing =
        static_cast<unsigned char>(one[whole]) ^ static_cast<unsigned char>(other[whole]);
    return differing >> (8 - bits % 8) == 0;
}

bool is_zero_behind(std::string_view address, unsigned bits) {
    for (unsigned bit = bits; bit < address.size() * 8; ++bit) {
        if ((static_cast<unsigned char>(address[bit / 8]) >> (7 - bit % 8) & 1) != 0) return false;
    }
    return true;
}

/// The address with all bits behind the prefix zero.
Endpoint masked(const Endpoint& address, unsigned bits) {
    std::string bytes(address.address_bytes());
    for (unsigned bit = bits; bit < bytes.size() * 8; ++bit)
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] & ~(1 << (7 - bit % 8)));
    if (address.is_v4()) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        std::memcpy(&v4.sin_addr, bytes.data(), bytes.size());
        return Endpoint::from_sockaddr(reinterpret_cast<const sockaddr*>(&v4));
    }
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
    return Endpoint::from_sockaddr(reinterpret_cast<const sockaddr*>(&v6));
}

}  // namespace

std::optional<AddressBlock> AddressBlock::around(std::string_view text) {
    const auto written = take_apart(text);
    if (!written || !written->has_prefix) return std::nullopt;
    return AddressBlock(masked(written->address, written->bits), written->bits);
}

std::optional<AddressBlock> AddressBlock::parse(std::string_view text) {
    const auto written = take_apart(text);
    if (!written || !is_zero_behind(written->address.address_bytes(), written->bits))
        return std::nullopt;
    return AddressBlock(written->address, written->bits);
}

bool AddressBlock::contains(const Endpoint& endpoint) const noexcept {
    return endpoint.family() == first_.family() &&
           share_prefix(endpoint.address_bytes(), first_.address_bytes(), bits_);
}

std::string AddressBlock::to_string() const {
    return first_.address_text() + '/' + std::to_string(bits_);
}

}  // namespace core

#include "conf/network.h"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace conf {
namespace {

/// A decimal number without sign and leading zeros.
std::optional<unsigned> plain_number(std::string_view text) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_plain = !text.empty() && (text.size() == 1 || text.front() != '0');
    if (!is_plain || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
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
core::Endpoint masked(const core::Endpoint& address, unsigned bits) {
    std::string bytes(address.address_bytes());
    for (unsigned bit = bits; bit < bytes.size() * 8; ++bit)
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] & ~(1 << (7 - bit % 8)));
    if (address.is_v4()) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        std::memcpy(&v4.sin_addr, bytes.data(), bytes.size());
        return core::Endpoint::from_sockaddr(reinterpret_cast<const sockaddr*>(&v4));
    }
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
    return core::Endpoint::from_sockaddr(reinterpret_cast<const sockaddr*>(&v6));
}

}  // namespace

std::optional<Network> Network::around(std::string_view text) {
    const std::size_t slash = std::min(text.find('/'), text.size());
    const auto address = core::Endpoint::from_address(text.substr(0, slash), 0);
    const auto bits = plain_number(text.substr(std::min(slash + 1, text.size())));
    if (!address || !bits || *bits > address->address_bytes().size() * 8) return std::nullopt;
    Network network;
    network.first_ = masked(*address, *bits);
    network.bits_ = static_cast<std::uint8_t>(*bits);
    return network;
}

std::optional<Network> Network::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto first = core::Endpoint::from_address(text.substr(0, slash), 0);
    if (!first) return std::nullopt;
    const auto widest = static_cast<unsigned>(first->address_bytes().size() * 8);
    unsigned bits = widest;
    if (slash != std::string_view::npos) {
        const auto written = plain_number(text.substr(slash + 1));
        if (!written || *written > widest) return std::nullopt;
        bits = *written;
    }
    if (!is_zero_behind(first->address_bytes(), bits)) return std::nullopt;
    Network network;
    network.first_ = *first;
    network.bits_ = static_cast<std::uint8_t>(bits);
    return network;
}

bool Network::contains(const core::Endpoint& endpoint) const noexcept {
    return endpoint.family() == first_.family() &&
           share_prefix(endpoint.address_bytes(), first_.address_bytes(), bits_);
}

std::string Network::to_string() const {
    return fmt::format("{}/{}", first_.address_text(), bits_);
}

}  // namespace conf

#include "core/endpoint.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace core {

namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty())
        return std::nullopt;
    return port;
}

}  // namespace

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto port = parse_port(text.substr(colon + 1));
    const auto address = text.substr(0, colon);
    // A bare IPv6 address has colons of its own: only brackets tell where the port begins.
    const bool is_bracketed = address.starts_with('[') && address.ends_with(']');
    if (!port || (!is_bracketed && address.find(':') != std::string_view::npos))
        return std::nullopt;
    return from_address(address, *port);
}

std::optional<Endpoint> Endpoint::from_address(std::string_view address, std::uint16_t port) {
    if (address.starts_with('[') && address.ends_with(']'))
        address = address.substr(1, address.size() - 2);
    char text[INET6_ADDRSTRLEN];  // inet_pton wants a terminated string
    if (address.size() >= sizeof text) return std::nullopt;
    std::copy(address.begin(), address.end(), text);
    text[address.size()] = '\0';

    Endpoint endpoint;
    endpoint.port_ = port;
    if (inet_pton(AF_INET, text, endpoint.address_.data()) == 1) {
        endpoint.family_ = Family::v4;
        return endpoint;
    }
    if (inet_pton(AF_INET6, text, endpoint.address_.data()) == 1) {
        endpoint.family_ = Family::v6;
        endpoint.unmap();
        return endpoint;
    }
    return std::nullopt;
}

void Endpoint::unmap() noexcept {
    constexpr std::array<std::uint8_t, 12> kPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    if (!std::equal(kPrefix.begin(), kPrefix.end(), address_.begin())) return;
    std::copy(address_.begin() + kPrefix.size(), address_.end(), address_.begin());
    std::fill(address_.begin() + 4, address_.end(), std::uint8_t{0});
    family_ = Family::v4;
}

Endpoint Endpoint::from_sockaddr(const sockaddr* address) {
    Endpoint endpoint;
    if (address->sa_family == AF_INET) {
        sockaddr_in v4;
        std::memcpy(&v4, address, sizeof v4);
        std::memcpy(endpoint.address_.data(), &v4.sin_addr, sizeof v4.sin_addr);
        endpoint.port_ = ntohs(v4.sin_port);
        endpoint.family_ = Family::v4;
    } else if (address->sa_family == AF_INET6) {
        sockaddr_in6 v6;
        std::memcpy(&v6, address, sizeof v6);
        std::memcpy(endpoint.address_.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
        endpoint.port_ = ntohs(v6.sin6_port);
        endpoint.family_ = Family::v6;
        endpoint.unmap();
    }
    return endpoint;
}

std::string_view Endpoint::address_bytes() const noexcept {
    const std::size_t size = family_ == Family::v4 ? 4 : family_ == Family::v6 ? 16 : 0;
    return {reinterpret_cast<const char*>(address_.data()), size};
}

Endpoint Endpoint::with_port(std::uint16_t port) const noexcept {
    Endpoint other = *this;
    other.port_ = port;
    return other;
}

socklen_t Endpoint::to_sockaddr(sockaddr_storage& out) const noexcept {
    std::memset(&out, 0, sizeof out);
    if (family_ == Family::v4) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port_);
        std::memcpy(&v4.sin_addr, address_.data(), sizeof v4.sin_addr);
        std::memcpy(&out, &v4, sizeof v4);
        return sizeof v4;
    }
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port_);
    std::memcpy(&v6.sin6_addr, address_.data(), sizeof v6.sin6_addr);
    std::memcpy(&out, &v6, sizeof v6);
    return sizeof v6;
}

std::string Endpoint::address_text() const {
    if (family_ == Family::none) return "-";
    char text[INET6_ADDRSTRLEN];
    inet_ntop(is_v4() ? AF_INET : AF_INET6, address_.data(), text, sizeof text);
    return text;
}

std::string Endpoint::to_string() const {
    if (family_ == Family::none) return "-";
    const auto port = std::to_string(port_);
    return is_v4() ? address_text() + ":" + port : "[" + address_text() + "]:" + port;
}

}  // namespace core

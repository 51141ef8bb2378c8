#pragma once
// An IP address and a TCP port as one value. Standard library and the socket headers only.

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace core {

/// IPv4 or IPv6 address and port. A default-made endpoint is unspecified (family none). An
/// IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2), which is how an IPv6 socket shows an IPv4
/// client, is the IPv4 address.
class Endpoint {
public:
    enum class Family : std::uint8_t { none, v4, v6 };

    Endpoint() = default;

    /// Reads "192.0.2.7:5222" or "[2001:db8::7]:5222"; a host name is no endpoint (nullopt).
    static std::optional<Endpoint> parse(std::string_view text);
    /// Reads a bare address ("192.0.2.7", "2001:db8::7", "[2001:db8::7]") and joins it with a port.
    static std::optional<Endpoint> from_address(std::string_view address, std::uint16_t port);
    static Endpoint from_sockaddr(const sockaddr* address);

    Family family() const noexcept { return family_; }
    std::uint16_t port() const noexcept { return port_; }
    /// The address in network byte order: 4 bytes for IPv4, 16 for IPv6, none when unspecified.
    std::string_view address_bytes() const noexcept;
    bool is_v4() const noexcept { return family_ == Family::v4; }
    Endpoint with_port(std::uint16_t port) const noexcept;

    /// Fills `out` for bind() or connect() and returns the length to pass with it.
    socklen_t to_sockaddr(sockaddr_storage& out) const noexcept;
    /// "192.0.2.7:5222", "[2001:db8::7]:5222", or "-" when unspecified.
    std::string to_string() const;
    /// The address alone, without brackets.
    std::string address_text() const;

    friend auto operator<=>(const Endpoint&, const Endpoint&) = default;

private:
    void unmap() noexcept;

    std::array<std::uint8_t, 16> address_{};
    std::uint16_t port_ = 0;  // host byte order
    Family family_ = Family::none;
};

}  // namespace core

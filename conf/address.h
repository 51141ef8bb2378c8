#pragma once
// "HOST:PORT" as operators write it, taken apart for messages that say which part is wrong. Pure;
// any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace conf {

/// Views into the text that was split.
struct HostPort {
    std::string_view host;  // without brackets
    std::string_view port;  // empty: none was written
    bool is_ambiguous =
        false;  // an IPv6 address without brackets: nobody can tell where the port begins
};
HostPort split_address(std::string_view text);

inline constexpr std::uint16_t kDnsPort = 53;  // RFC 1035 section 4.2

/// A port from 1 to 65535, or 0 for anything else.
std::uint16_t parse_port(std::string_view text);
/// The host as it stands before a port: IPv6 addresses in brackets.
std::string bracketed(std::string_view host);
/// What was meant by an IPv6 address without brackets, "::1:5222": its end is a port if the rest is
/// whole, else `port` is.
std::string with_brackets(std::string_view text, std::uint16_t port = 5222);
/// Whether the last label is a number: then it is a mistyped address, not a name (RFC 1123
/// section 2.1).
bool looks_like_ipv4(std::string_view host);

/// The name of SRV records (RFC 2782), "_xmpp-client._tcp.example.org", in lower case and A-labels;
/// nullopt for anything else. Only TCP carries XMPP.
std::optional<std::string> prepared_service(std::string_view name);

}  // namespace conf

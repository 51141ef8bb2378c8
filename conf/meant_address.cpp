#include "conf/meant_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "conf/address.h"
#include "conf/findings.h"
#include "conf/meant_value.h"
#include "core/ascii.h"
#include "core/endpoint.h"
#include "xmpp/jid.h"

namespace conf {
namespace {

constexpr std::uint16_t kBackendPort = 5222;  // RFC 6120 section 14.7

bool is_number(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), core::is_ascii_digit);
}

bool is_ip(std::string_view host) {
    return core::Endpoint::from_address(host, 0).has_value();
}

/// Of "10.0.0.1 : 5222" and "10.0.0.1 5222" the blanks.
std::string without_blanks(std::string_view text) {
    std::string joined;
    bool is_apart = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == ' ' || text[at] == '\t') {
            is_apart = true;
            continue;
        }
        const bool is_beside_colon = text[at] == ':' || joined.ends_with(':');
        if (is_apart && !is_beside_colon) joined += is_number(text.substr(at)) ? ':' : ' ';
        is_apart = false;
        joined += text[at];
    }
    return joined;
}

/// What is right in an address that is refused.
struct Parts {
    std::string host;  // in lower case, without brackets; empty: none, or "*"
    std::uint16_t port = 0;
    bool is_list = false;  // several addresses
};

Parts parts_of(std::string_view text) {
    const std::string bare = bare_address(text);
    Parts parts;
    parts.is_list = bare.find_first_of(", ") != std::string::npos;
    // An IPv6 address without brackets may have a port behind it.
    const bool is_ambiguous = split_address(bare).is_ambiguous;
    const std::string clear = is_ambiguous ? with_brackets(bare, 0) : bare;
    const HostPort split = split_address(clear);
    parts.host = core::ascii_lower(split.host);
    parts.port = parse_port(split.port);
    if (is_number(parts.host) && parts.port == 0) {
        parts.port = parse_port(parts.host);
        parts.host.clear();
    }
    constexpr std::array<std::string_view, 3> kAny{"*", "any", "all"};
    if (std::find(kAny.begin(), kAny.end(), parts.host) != kAny.end()) parts.host.clear();
    return parts;
}

bool is_localhost(std::string_view host) {
    constexpr std::array<std::string_view, 5> kNames{
        "localhost", "localhost.", "localhost.localdomain", "ip6-localhost", "loopback"};
    return std::find(kNames.begin(), kNames.end(), host) != kNames.end();
}

}  // namespace

std::string bare_address(std::string_view text) {
    text = bare_value(text);
    const std::size_t scheme = text.find("://");
    if (scheme != std::string_view::npos) {
        text.remove_prefix(scheme + 3);
        text = text.substr(0, text.find_first_of("/?"));
    } else if (text.ends_with('/')) {
        text.remove_suffix(1);
    }
    return without_blanks(bare_value(text));
}

std::string listen_hint(std::string_view text, std::uint16_t port) {
    const Parts meant = parts_of(text);
    if (meant.port != 0) port = meant.port;
    if (meant.is_list) return "write one address; others have tables of their own";
    if (meant.host.empty()) {
        return fmt::format(
            "write \"0.0.0.0:{0}\" for all of IPv4, \"[::]:{0}\" for all of IPv4 and IPv6", port);
    }
    if (is_localhost(meant.host))
        return fmt::format("write \"127.0.0.1:{0}\" or \"[::1]:{0}\"", port);
    if (is_ip(meant.host)) return fmt::format("write \"{}:{}\"", bracketed(meant.host), port);
    return fmt::format(
        "names are not looked up here: write an IP address of this machine, like "
        "\"192.0.2.10:{}\"",
        port);
}

std::string backend_hint(std::string_view text) {
    const Parts meant = parts_of(text);
    const std::uint16_t port = meant.port != 0 ? meant.port : kBackendPort;
    if (meant.is_list) return "write one address; others have tables of their own";
    if (meant.host.empty())
        return fmt::format("write where the XMPP server is, like \"10.0.0.11:{}\"", port);
    const bool is_name = !looks_like_ipv4(meant.host) && !meant.host.starts_with('[') &&
                         xmpp::prepared_domain(meant.host).has_value();
    if (is_ip(meant.host) || is_name)
        return fmt::format("write \"{}:{}\"", bracketed(meant.host), port);
    return fmt::format("write \"10.0.0.11:{0}\" or \"node-a.example.org:{0}\"", port);
}

std::string name_server_hint(std::string_view text) {
    const Parts meant = parts_of(text);
    const std::uint16_t port = meant.port != 0 ? meant.port : kDnsPort;
    const std::string host = is_localhost(meant.host) ? "127.0.0.1" : meant.host;
    if (!meant.is_list && is_ip(host)) return fmt::format("write \"{}:{}\"", bracketed(host), port);
    return fmt::format("write \"127.0.0.1:{0}\" or \"[2001:db8::53]:{0}\"", port);
}

std::string with_port(std::string_view example, std::int64_t port) {
    const std::size_t colon = example.rfind(':');
    if (colon == std::string_view::npos || port < 1 || port > 65'535) return std::string(example);
    return fmt::format("{}:{}", example.substr(0, colon), port);
}

std::optional<std::string> meant_domain(std::string_view text) {
    std::string bare = bare_address(text);
    if (bare.starts_with("xmpp:")) bare.erase(0, 5);
    if (const std::size_t at = bare.find('@'); at != std::string::npos) bare.erase(0, at + 1);
    bare = bare.substr(0, bare.find_first_of("/?"));
    const HostPort parts = split_address(bare);
    if (parse_port(parts.port) != 0 && !parts.is_ambiguous) bare = std::string(parts.host);
    bool is_wildcard = false;
    if (bare.starts_with("*.") || (bare.size() > 1 && (bare[0] == '*' || bare[0] == '.'))) {
        is_wildcard = true;
        bare.erase(0, bare.starts_with("*.") ? 2 : 1);
    }
    const auto name = xmpp::prepared_domain(bare);
    if (!name || (is_wildcard && (name->starts_with('[') || looks_like_ipv4(*name))))
        return std::nullopt;
    return is_wildcard ? "*." + *name : *name;
}

}  // namespace conf

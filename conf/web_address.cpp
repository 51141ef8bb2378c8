#include "conf/web_address.h"

#include <algorithm>

#include "conf/address.h"
#include "core/ascii.h"
#include "core/endpoint.h"
#include "xmpp/jid.h"

namespace conf {
namespace {

constexpr std::size_t kPathBytes = 255;

/// RFC 3986 section 3.1
bool is_scheme(std::string_view text) {
    const auto may_stand = [](char c) {
        return core::is_ascii_alphanumeric(c) || c == '+' || c == '-' || c == '.';
    };
    return !text.empty() && core::is_ascii_alphanumeric(text[0]) &&
           !core::is_ascii_digit(text[0]) && std::all_of(text.begin(), text.end(), may_stand);
}

std::uint16_t port_of(std::string_view scheme) {
    if (scheme == "https" || scheme == "wss") return 443;  // RFC 9110 section 4.2
    return scheme == "http" || scheme == "ws" ? 80 : 0;
}

/// RFC 3986 section 3.3 without encodings, and without ';', behind which some servers read no more.
bool may_stand_in_path(char c) {
    return core::is_ascii_alphanumeric(c) ||
           std::string_view("/-._~!$&'()*+,=:@").find(c) != std::string_view::npos;
}

}  // namespace

std::string WebAddress::origin() const {
    std::string text = scheme + "://" + host;
    if (port != 0) text += ':' + std::to_string(port);
    return text;
}

std::optional<WebAddress> parse_web_address(std::string_view text) {
    const std::size_t colon = text.find("://");
    if (colon == std::string_view::npos || !is_scheme(text.substr(0, colon))) return std::nullopt;
    WebAddress address;
    address.scheme = core::ascii_lower(text.substr(0, colon));
    text.remove_prefix(colon + 3);
    const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
    address.path = text.substr(end);
    const HostPort parts = split_address(text.substr(0, end));
    const auto host = xmpp::prepared_domain(core::Endpoint::from_address(parts.host, 0)
                                                ? bracketed(parts.host)
                                                : std::string(parts.host));
    const bool is_whole =
        !text.substr(0, end).ends_with(':') && (parts.port.empty() || parse_port(parts.port) != 0);
    if (parts.is_ambiguous || !host || !is_whole) return std::nullopt;
    address.host = *host;
    if (!parts.port.empty()) address.port = parse_port(parts.port);
    if (address.port == port_of(address.scheme)) address.port = 0;
    return address;
}

std::string_view flaw_of_path(std::string_view path) {
    if (!path.starts_with('/')) return "a \"/\" must stand first";
    if (path.size() > kPathBytes) return "it has more than 255 bytes";
    if (!std::all_of(path.begin(), path.end(), may_stand_in_path))
        return "only letters, digits and \"/-._~!$&'()*+,=:@\" may stand in it";
    if (path.find("//") != std::string_view::npos) return "it holds \"//\"";
    std::string_view rest = path.substr(1);
    while (true) {
        const std::size_t slash = std::min(rest.find('/'), rest.size());
        const std::string_view segment = rest.substr(0, slash);
        if (segment == "." || segment == "..") return "a part of it is \".\" or \"..\"";
        if (slash == rest.size()) return {};
        rest.remove_prefix(slash + 1);
    }
}

bool covers(std::string_view path, std::string_view inner) {
    return path == inner || (path.ends_with('/') && inner.starts_with(path));
}

}  // namespace conf

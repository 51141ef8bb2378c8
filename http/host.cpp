#include "http/host.h"

#include <algorithm>
#include <charconv>

#include "core/ascii.h"
#include "core/endpoint.h"

namespace http {
namespace {

constexpr std::size_t kNameBytes = 255;  // RFC 1035 section 2.3.4

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= kNameBytes && std::ranges::all_of(text, [](char c) {
        return core::is_ascii_alphanumeric(c) || c == '-' || c == '.' || c == '_';
    });
}

}  // namespace

std::optional<Host> read_host(std::string_view value) {
    const bool is_literal = value.starts_with('[');
    const auto bracket = value.find(']');
    if (is_literal && bracket == value.npos) return std::nullopt;
    const auto colon = value.find(':', is_literal ? bracket : 0);
    Host host{value.substr(0, colon), std::nullopt};
    const bool is_host =
        is_literal ? core::Endpoint::from_address(host.name, 0).has_value() : is_name(host.name);
    if (!is_host) return std::nullopt;
    if (colon == value.npos) return host;
    const std::string_view digits = value.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size() || port == 0)
        return std::nullopt;
    host.port = port;
    return host;
}

}  // namespace http

// Only the split; whether host and port are good is asked of Endpoint, prepared_domain and
// parse_port.

#include "conf/address.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/ascii.h"
#include "core/endpoint.h"
#include "xmpp/jid.h"

namespace conf {
namespace {

constexpr std::size_t kServiceLabelBytes = 16;  // "_" and a name of 15 (RFC 6335 section 5.1)
constexpr std::size_t kNameBytesMost = 253;     // of a name of DNS, as text

bool is_service_label(std::string_view label) {
    return label.size() >= 2 && label.size() <= kServiceLabelBytes && label.front() == '_' &&
           std::all_of(label.begin() + 1, label.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
           });
}

/// An IPv6 address, with a port behind it or without.
bool looks_like_ipv6(std::string_view text, std::size_t last_colon) {
    const auto is_address = [](std::string_view part) {
        return core::Endpoint::from_address(part, 0).has_value();
    };
    return is_address(text) || is_address(text.substr(0, last_colon));
}

}  // namespace

HostPort split_address(std::string_view text) {
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        const std::string_view rest =
            close == std::string_view::npos ? "x" : text.substr(close + 1);
        // Something else than a port behind the bracket: the whole is refused as a host.
        if (!rest.empty() && rest.front() != ':') return {text, ""};
        return {text.substr(1, close - 1), rest.empty() ? rest : rest.substr(1)};
    }
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return {text, ""};
    if (text.find(':') != colon && looks_like_ipv6(text, colon)) return {text, "", true};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

std::uint16_t parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc{} && end == text.data() + text.size() ? port : std::uint16_t{0};
}

std::string with_brackets(std::string_view text, std::uint16_t port) {
    const std::size_t colon = text.rfind(':');
    const bool has_port = core::Endpoint::from_address(text.substr(0, colon), 0).has_value() &&
                          parse_port(text.substr(colon + 1)) != 0;
    return has_port ? fmt::format("[{}]{}", text.substr(0, colon), text.substr(colon))
                    : fmt::format("[{}]:{}", text, port);
}

std::string bracketed(std::string_view host) {
    return host.find(':') == std::string_view::npos ? std::string(host) : fmt::format("[{}]", host);
}

bool looks_like_ipv4(std::string_view host) {
    const std::size_t dot = host.rfind('.');
    const std::string_view last = dot == std::string_view::npos ? host : host.substr(dot + 1);
    return !last.empty() && last.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<std::string> prepared_service(std::string_view name) {
    constexpr std::string_view kTcp = "_tcp.";
    const std::size_t dot = std::min(name.find('.'), name.size());
    const std::string service = core::ascii_lower(name.substr(0, dot));
    const std::string_view rest = name.substr(std::min(dot + 1, name.size()));
    if (!is_service_label(service) || core::ascii_lower(rest.substr(0, kTcp.size())) != kTcp) {
        return std::nullopt;
    }
    const auto domain = xmpp::prepared_domain(rest.substr(kTcp.size()));
    if (!domain || domain->starts_with('[') || looks_like_ipv4(*domain)) return std::nullopt;
    std::string whole = fmt::format("{}.{}{}", service, kTcp, *domain);
    if (whole.size() > kNameBytesMost) return std::nullopt;
    return whole;
}

}  // namespace conf

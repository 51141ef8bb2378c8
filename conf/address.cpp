// Only the split; whether host and port are good is asked of Endpoint, prepared_domain and
// parse_port.

#include "conf/address.h"

#include <fmt/format.h>

#include <charconv>

#include "core/endpoint.h"

namespace conf {

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
    if (text.find(':') != colon) return {text, "", true};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

std::uint16_t parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc{} && end == text.data() + text.size() ? port : std::uint16_t{0};
}

std::string with_brackets(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    const bool has_port = core::Endpoint::from_address(text.substr(0, colon), 0).has_value() &&
                          parse_port(text.substr(colon + 1)) != 0;
    return has_port ? fmt::format("[{}]{}", text.substr(0, colon), text.substr(colon))
                    : fmt::format("[{}]:5222", text);
}

std::string bracketed(std::string_view host) {
    return host.find(':') == std::string_view::npos ? std::string(host) : fmt::format("[{}]", host);
}

bool looks_like_ipv4(std::string_view host) {
    const std::size_t dot = host.rfind('.');
    const std::string_view last = dot == std::string_view::npos ? host : host.substr(dot + 1);
    return !last.empty() && last.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace conf

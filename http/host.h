#pragma once
// The Host field (RFC 9110 section 7.2): which server the client means. Pure; any thread.

#include <cstdint>
#include <optional>
#include <string_view>

namespace http {

struct Host {
    std::string_view name;  // "chat.example.org", "192.0.2.7", "[2001:db8::7]"; as it came
    std::optional<std::uint16_t> port;
};

/// Views of `value`. nullopt: it is none. Letters, digits, '-', '.' and '_' make a name, in Unicode
/// no more than in DNS; an IPv6 address stands in brackets.
std::optional<Host> read_host(std::string_view value);

}  // namespace http

#pragma once
// The statuses that we answer with, in words (RFC 9110 section 15). Pure; any thread.

#include <cstdint>
#include <string_view>

namespace http {

/// "Not Found" for 404; "Status" for one that we never make.
std::string_view reason_phrase(std::uint16_t status);

/// A response with it has no body, whatever its fields say (RFC 9112 section 6.3).
constexpr bool is_without_body(std::uint16_t status) {
    return status < 200 || status == 204 || status == 304;
}

}  // namespace http

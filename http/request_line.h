#pragma once
// The first line of a request (RFC 9112 section 3). Pure; any thread.

#include <cstdint>
#include <string_view>

#include "core/result.h"
#include "http/refusal.h"

namespace http {

enum class Method : std::uint8_t { get, head, post, put, patch, remove, options };
/// As it stands in a request; `remove` is "DELETE".
std::string_view to_string(Method method);

struct RequestLine {
    Method method = Method::get;
    std::string_view target;  // of the line that was read
    int minor_version = 1;    // of HTTP/1
};

/// Reads `line`, without its CR LF. 400 for what is no request line, HTTP/0.9 among it; 501 for a
/// method that we do not know; 505 for another version. The target is a path (http/target.h), or
/// "*" with OPTIONS.
core::Result<RequestLine, Refusal> read_request_line(std::string_view line);

}  // namespace http

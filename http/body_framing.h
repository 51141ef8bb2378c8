#pragma once
// How long the body behind a head is (RFC 9112 section 6), read so that nobody behind us can read
// it otherwise. Pure; any thread.

#include <cstdint>

#include "core/result.h"
#include "http/head_fields.h"
#include "http/refusal.h"

namespace http {

enum class BodyKind : std::uint8_t {
    none,
    length,       // as many bytes as Content-Length says, none included
    chunked,      // http/chunked.h
    until_close,  // all that comes; of responses alone
};

struct BodyFraming {
    BodyKind kind = BodyKind::none;
    std::uint64_t length = 0;  // with BodyKind::length

    /// Whether not one byte of it follows the head, also when that is said with a length.
    bool is_empty() const {
        return kind == BodyKind::none || (kind == BodyKind::length && length == 0);
    }

    friend bool operator==(const BodyFraming&, const BodyFraming&) = default;
};

/// What Content-Length and Transfer-Encoding say: none, when there is neither. Refused are both
/// together, more than one field of either, a length that is not the shortest decimal number below
/// 2^63, codings other than "chunked" alone (501), and any coding in HTTP/1.0.
core::Result<BodyFraming, Refusal> read_body_framing(const HeadFields& fields, int minor_version);

}  // namespace http

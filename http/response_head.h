#pragma once
// The head of a backend's response that has passed every check, as strict as those of requests:
// what a backend may get wrong, an attacker may make it get wrong. Made by http/response_reader.h.
// A value that owns its text; any thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"
#include "http/body_framing.h"
#include "http/head_fields.h"
#include "http/refusal.h"
#include "http/request_line.h"

namespace http {

/// Views that it gives are valid until it is moved, assigned to or destroyed.
class ResponseHead {
public:
    /// Reads a whole head that has passed the filter with `fields` fields: the answer to a request
    /// of `method`. Whatever is wrong, the client is to be told 502.
    static core::Result<ResponseHead, Refusal> read(std::string text, std::size_t fields,
                                                    Method method);

    std::uint16_t status() const { return status_; }  // 100 to 599
    std::string_view reason() const { return reason_.of(fields_.text()); }
    int minor_version() const { return minor_version_; }  // of HTTP/1
    const HeadFields& fields() const { return fields_; }

    /// Another head follows (RFC 9110 section 15.2).
    bool is_interim() const { return status_ < 200 && !is_upgrade(); }
    /// What follows is another protocol; the caller judges whether it had asked for that.
    bool is_upgrade() const { return status_ == 101; }
    const BodyFraming& body() const { return body_; }
    /// May another request follow on the backend's connection, when the body has been read?
    bool keeps_alive() const { return keeps_alive_; }

private:
    HeadFields fields_;
    BodyFraming body_;
    TextSpan reason_;
    std::uint16_t status_ = 0;
    std::uint8_t minor_version_ = 1;
    bool keeps_alive_ = true;
};

}  // namespace http

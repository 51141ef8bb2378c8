#pragma once
// The head of a request that has passed every check: nothing in it can be read in two ways. Made by
// http/request_reader.h. A value that owns its text; any thread.

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
class RequestHead {
public:
    /// Reads a whole head that has passed the filter with `fields` fields. 400 for what contradicts
    /// itself; the statuses of http/request_line.h and http/body_framing.h; 417 for another
    /// expectation than 100-continue.
    static core::Result<RequestHead, Refusal> read(std::string text, std::size_t fields);

    Method method() const { return method_; }
    std::string_view target() const { return target_.of(fields_.text()); }
    /// The target up to its '?', its encodings as they came: never with dot segments, encoded
    /// slashes or control characters.
    std::string_view path() const { return target().substr(0, target().find('?')); }
    /// What follows the '?', if there is one.
    std::string_view query() const;
    int minor_version() const { return minor_version_; }  // of HTTP/1
    const HeadFields& fields() const { return fields_; }

    /// The Host field, with its port; a valid one (http/host.h). Empty only in HTTP/1.0.
    std::string_view host() const { return host_.of(fields_.text()); }
    std::string_view host_name() const;

    const BodyFraming& body() const { return body_; }
    /// May another request follow on this connection? Never with HTTP/1.0.
    bool keeps_alive() const { return keeps_alive_; }
    /// Does the client ask for that protocol on this connection ("websocket")?
    bool wants_upgrade(std::string_view protocol) const;
    /// The client waits for "100 Continue" before it sends its body.
    bool expects_continue() const { return expects_continue_; }

private:
    core::Result<void, Refusal> read_host_field();
    core::Result<void, Refusal> read_expectation();

    HeadFields fields_;
    BodyFraming body_;
    TextSpan target_;
    TextSpan host_;
    Method method_ = Method::get;
    std::uint8_t minor_version_ = 1;
    bool keeps_alive_ = true;
    bool expects_continue_ = false;
};

}  // namespace http

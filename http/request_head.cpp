#include "http/request_head.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "http/field_text.h"
#include "http/host.h"
#include "http/llhttp_head.h"

namespace http {
namespace {

/// Do both parsers understand the same?
bool agree_about_line(const RequestLine& line, const LlhttpHead& theirs) {
    return theirs.method == to_string(line.method) && theirs.target == line.target &&
           theirs.minor_version == line.minor_version;
}

constexpr Refusal kAmbiguous{400, "The head can be read in more than one way."};

}  // namespace

core::Result<RequestHead, Refusal> RequestHead::read(std::string text, std::size_t fields) {
    const std::string_view all = text;
    const auto line = read_request_line(all.substr(0, all.find("\r\n")));
    if (!line) return core::fail(line.error());
    auto theirs = read_by_llhttp(all, HeadKind::request, fields);
    if (!theirs || !agree_about_line(*line, *theirs)) return core::fail(kAmbiguous);

    RequestHead head;
    head.method_ = line->method;
    head.minor_version_ = static_cast<std::uint8_t>(line->minor_version);
    head.target_ = TextSpan::in(all, line->target);
    head.fields_ = HeadFields(std::move(text), std::move(theirs->fields));
    const auto body = read_body_framing(head.fields_, line->minor_version);
    if (!body) return core::fail(body.error());
    if (!agrees_about_body(*theirs, *body)) return core::fail(kAmbiguous);
    head.body_ = *body;
    if (const auto host = head.read_host_field(); !host) return core::fail(host.error());
    if (const auto expected = head.read_expectation(); !expected)
        return core::fail(expected.error());
    head.keeps_alive_ =
        line->minor_version == 1 && !head.fields_.has_in_list("Connection", "close");
    return head;
}

core::Result<void, Refusal> RequestHead::read_host_field() {
    const std::size_t count = fields_.count("Host");
    if (count == 0 && minor_version_ == 0) return {};
    if (count == 0) return core::fail(Refusal{400, "Host is missing."});
    if (count > 1) return core::fail(Refusal{400, "Host stands more than once."});
    const std::string_view value = *fields_.find("Host");
    if (!http::read_host(value)) return core::fail(Refusal{400, "Host names no host."});
    host_ = TextSpan::in(fields_.text(), value);
    return {};
}

core::Result<void, Refusal> RequestHead::read_expectation() {
    // RFC 9110 section 10.1.1: HTTP/1.0 has none.
    if (minor_version_ == 0 || fields_.count("Expect") == 0) return {};
    const auto expected = fields_.only("Expect");
    if (!expected || !same_word(*expected, "100-continue"))
        return core::fail(Refusal{417, "The only expectation known here is 100-continue."});
    expects_continue_ = body_.kind != BodyKind::none;
    return {};
}

std::string_view RequestHead::query() const {
    const std::string_view all = target();
    const std::size_t mark = std::min(all.find('?'), all.size());
    return mark == all.size() ? std::string_view() : all.substr(mark + 1);
}

std::string_view RequestHead::host_name() const {
    const auto host = http::read_host(this->host());
    return host ? host->name : std::string_view();
}

bool RequestHead::wants_upgrade(std::string_view protocol) const {
    // RFC 9110 section 7.8: HTTP/1.0 has none.
    return minor_version_ == 1 && fields_.has_in_list("Connection", "upgrade") &&
           fields_.has_in_list("Upgrade", protocol);
}

}  // namespace http

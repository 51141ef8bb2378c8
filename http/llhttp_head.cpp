#include "http/llhttp_head.h"

#include <llhttp.h>

#include <cassert>

#include "http/field_text.h"

namespace http {
namespace {

struct Reading {
    std::string_view text;
    LlhttpHead head;
    bool is_complete = false;
};

Reading& reading_of(llhttp_t* parser) noexcept {
    return *static_cast<Reading*>(parser->data);
}

int on_url(llhttp_t* parser, const char* at, std::size_t size) noexcept {
    reading_of(parser).head.target = {at, size};
    return 0;
}

int on_field(llhttp_t* parser, const char* at, std::size_t size) noexcept {
    Reading& reading = reading_of(parser);
    reading.head.fields.push_back({.name = TextSpan::in(reading.text, {at, size}), .value = {}});
    return 0;
}

int on_value(llhttp_t* parser, const char* at, std::size_t size) noexcept {
    Reading& reading = reading_of(parser);
    const std::string_view value = without_outer_blanks({at, size});
    if (reading.head.fields.empty()) return HPE_USER;
    if (!value.empty()) reading.head.fields.back().value = TextSpan::in(reading.text, value);
    return 0;
}

/// Stops llhttp here: it has no business with bodies.
int on_complete(llhttp_t* parser) noexcept {
    Reading& reading = reading_of(parser);
    reading.is_complete = true;
    reading.head.has_content_length = (parser->flags & F_CONTENT_LENGTH) != 0;
    reading.head.content_length = parser->content_length;
    reading.head.is_chunked = (parser->flags & F_CHUNKED) != 0;
    return HPE_PAUSED;
}

const llhttp_settings_t& settings() {
    static const llhttp_settings_t made = [] {
        llhttp_settings_t blank;
        llhttp_settings_init(&blank);
        blank.on_url = &on_url;
        blank.on_header_field = &on_field;
        blank.on_header_value = &on_value;
        blank.on_headers_complete = &on_complete;
        return blank;
    }();
    return made;
}

}  // namespace

std::optional<LlhttpHead> read_by_llhttp(std::string_view head, HeadKind kind, std::size_t fields) {
    assert(kind != HeadKind::trailers);
    Reading reading{.text = head, .head = {}};
    reading.head.fields.reserve(fields);
    llhttp_t parser;
    llhttp_init(&parser, kind == HeadKind::request ? HTTP_REQUEST : HTTP_RESPONSE, &settings());
    parser.data = &reading;
    const llhttp_errno_t verdict = llhttp_execute(&parser, head.data(), head.size());
    if (verdict != HPE_PAUSED || !reading.is_complete ||
        llhttp_get_error_pos(&parser) != head.data() + head.size() ||
        reading.head.fields.size() != fields || parser.http_major != 1)
        return std::nullopt;
    reading.head.minor_version = parser.http_minor;
    if (kind == HeadKind::request)
        reading.head.method = llhttp_method_name(static_cast<llhttp_method_t>(parser.method));
    else
        reading.head.status = parser.status_code;
    return std::move(reading.head);
}

bool agrees_about_body(const LlhttpHead& theirs, const BodyFraming& said) {
    return theirs.is_chunked == (said.kind == BodyKind::chunked) &&
           theirs.has_content_length == (said.kind == BodyKind::length) &&
           (said.kind != BodyKind::length || theirs.content_length == said.length);
}

}  // namespace http

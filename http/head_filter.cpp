#include "http/head_filter.h"

#include <algorithm>
#include <cassert>

#include "http/field_text.h"

namespace http {

HeadFilter::HeadFilter(HeadKind kind, const HeadLimits& limits)
    : limits_(&limits), kind_(kind), at_(kind == HeadKind::trailers ? At::line_begin : At::start) {
    assert(limits.bytes <= UINT16_MAX);
}

std::size_t HeadFilter::feed(std::string_view bytes) {
    const bool had_start_line = has_start_line_;
    std::size_t taken = 0;
    while (taken < bytes.size() && state_ == State::reading) {
        if (seen_ == limits_->bytes) {
            refuse_too_long();
            break;
        }
        const std::size_t plain = pass_plain(bytes.substr(taken));
        seen_ += plain;
        taken += plain;
        if (plain != 0) continue;
        step(bytes[taken]);
        if (state_ == State::refused) break;
        ++seen_;
        ++taken;
        if (has_start_line_ != had_start_line) break;
    }
    return taken;
}

/// Most bytes change nothing: how many of them are in front, within the limits.
std::size_t HeadFilter::pass_plain(std::string_view bytes) {
    std::uint8_t plain = 0;
    std::size_t most = std::min(bytes.size(), limits_->bytes - seen_);
    if (at_ == At::start_line) {
        plain = start_line_class();
        most = std::min(most, limits_->start_line - std::min(limits_->start_line, line_bytes_));
    } else if (at_ == At::name) {
        plain = kTokenByte;
    } else if (at_ == At::value) {
        plain = kValueByte;
    }
    std::size_t size = 0;
    while (size < most && byte_may_be(bytes[size], plain)) ++size;
    if (at_ == At::start_line) line_bytes_ += size;
    return size;
}

std::uint8_t HeadFilter::start_line_class() const {
    return kind_ == HeadKind::request ? kLineByte : kValueByte;
}

void HeadFilter::step(char byte) {
    switch (at_) {
        case At::start: return start(byte);
        case At::blank_lf: has_blank_line_ = true; return expect_line_feed(byte, At::start);
        case At::start_line:
            if (byte == '\r') {
                at_ = At::start_lf;
            } else if (!byte_may_be(byte, start_line_class())) {
                refuse(400, "The first line holds a byte that may not stand there.");
            } else if (++line_bytes_ > limits_->start_line) {
                refuse_too_long();
            }
            return;
        case At::start_lf:
            expect_line_feed(byte, At::line_begin);
            has_start_line_ = state_ == State::reading;
            return;
        case At::line_begin: return begin_line(byte);
        case At::name:
            if (byte == ':') {
                at_ = At::value;
            } else if (!byte_may_be(byte, kTokenByte)) {
                refuse(400, "The name of a header field holds a byte that may not stand there.");
            }
            return;
        case At::value:
            if (byte == '\r') {
                at_ = At::value_lf;
            } else if (!byte_may_be(byte, kValueByte)) {
                refuse(400, "The value of a header field holds a byte that may not stand there.");
            }
            return;
        case At::value_lf: return expect_line_feed(byte, At::line_begin);
        case At::end_lf:
            expect_line_feed(byte, At::nothing);
            if (state_ == State::reading) state_ = State::complete;
            return;
        case At::nothing: return;
    }
}

void HeadFilter::start(char byte) {
    // RFC 9112 section 2.2: one empty line in front of a request is dropped.
    if (byte == '\r' && kind_ == HeadKind::request && !has_blank_line_) {
        at_ = At::blank_lf;
    } else if (!byte_may_be(byte, kTokenByte)) {
        refuse(400, "This is not HTTP.");
    } else {
        at_ = At::start_line;
        line_bytes_ = 1;
    }
}

void HeadFilter::begin_line(char byte) {
    if (byte == '\r') {
        at_ = At::end_lf;
    } else if (byte == ' ' || byte == '\t') {
        refuse(400, "A header field may not go on in another line.");
    } else if (!byte_may_be(byte, kTokenByte)) {
        refuse(400, "The name of a header field holds a byte that may not stand there.");
    } else if (fields_ == limits_->fields) {
        refuse(431, "There are too many header fields.");
    } else {
        ++fields_;
        at_ = At::name;
    }
}

void HeadFilter::expect_line_feed(char byte, At next) {
    if (byte == '\n') {
        at_ = next;
    } else {
        refuse(400, "A carriage return stands alone.");
    }
}

void HeadFilter::refuse_too_long() {
    if (!has_start_line_ && kind_ == HeadKind::request)
        refuse(414, "The request's target is too long.");
    else
        refuse(431, "The header fields are too long.");
}

void HeadFilter::refuse(std::uint16_t status, std::string_view reason) {
    refusal_ = {status, reason};
    state_ = State::refused;
    at_ = At::nothing;
}

}  // namespace http

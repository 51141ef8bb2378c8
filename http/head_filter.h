#pragma once
// The strict gate in front of every head: which bytes may stand where, how lines end, how much
// there may be. What passes has lines that end in CR LF, fields without folding, and no byte that
// two parsers could read in two ways. What the words mean is judged behind it. Pure; one thread.
//
//      start --> start_line --CR LF--> line_begin --> name --':'--> value --CR LF--> line_begin
//                                          \--CR LF--> complete

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/refusal.h"

namespace http {

enum class HeadKind : std::uint8_t {
    request,
    response,
    trailers,  // fields behind a chunked body: no start line
};

struct HeadLimits {
    std::size_t bytes = 16 * 1024;      // of all of it; below 64 KiB (http/head_fields.h)
    std::size_t start_line = 8 * 1024;  // of the first line, without its CR LF
    std::size_t fields = 100;
};
/// Backends are trusted with more: cookies and policies of web applications.
inline constexpr HeadLimits kResponseHeadLimits{
    .bytes = 48 * 1024, .start_line = 8 * 1024, .fields = 200};

class HeadFilter {
public:
    enum class State : std::uint8_t {
        reading,
        complete,  // the empty line has been seen
        refused,
    };

    /// `limits` must outlive the filter.
    HeadFilter(HeadKind kind, const HeadLimits& limits);
    HeadFilter(HeadKind, HeadLimits&&) = delete;

    /// Looks at `bytes` in their order and returns how many belong to the head: all of them while
    /// it reads on. It stops behind the start line once, so that this can be judged before more is
    /// waited for; behind the last line; and in front of a byte that it refuses.
    std::size_t feed(std::string_view bytes);

    State state() const { return state_; }
    bool has_start_line() const { return has_start_line_; }
    /// An empty line came in front of the start line; its two bytes are no part of the head.
    bool has_blank_line() const { return has_blank_line_; }
    std::size_t fields() const { return fields_; }
    const Refusal& refusal() const { return refusal_; }

private:
    enum class At : std::uint8_t {
        start,
        blank_lf,
        start_line,
        start_lf,
        line_begin,
        name,
        value,
        value_lf,
        end_lf,
        nothing,  // complete or refused
    };

    std::size_t pass_plain(std::string_view bytes);
    std::uint8_t start_line_class() const;
    void step(char byte);
    void start(char byte);
    void begin_line(char byte);
    void expect_line_feed(char byte, At next);
    void refuse(std::uint16_t status, std::string_view reason);
    void refuse_too_long();

    const HeadLimits* limits_;
    std::size_t seen_ = 0;
    std::size_t line_bytes_ = 0;  // of the start line
    std::size_t fields_ = 0;
    Refusal refusal_;
    HeadKind kind_;
    State state_ = State::reading;
    At at_;
    bool has_start_line_ = false;
    bool has_blank_line_ = false;
};

}  // namespace http

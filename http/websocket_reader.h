#pragma once
// Frames of a client, read by a server (RFC 6455 section 5): masks taken off, every rule checked,
// text checked as UTF-8 over the borders of fragments and handed on as it comes. Only text is
// spoken. Keeps no byte of a frame. Pure; one thread. Why: http/README.md, "Frames of our own".

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/utf8_check.h"

namespace http {

/// What one call found.
struct WebSocketRead {
    enum class Event : std::uint8_t {
        nothing,  // there is no more in these bytes
        text,     // a piece of a message; `is_last` with its last one, which may be empty
        ping,     // answer with a pong of the same payload
        pong,
        close,      // answer with a Close frame, and read no more
        violation,  // close with `code`, and read no more: the message that had begun is void
    };
    Event event = Event::nothing;
    bool is_last = false;
    std::uint16_t code = 0;    // of close (kNoStatusReceived where it has none) and violation
    std::string_view payload;  // of all but violation; of close, its reason; lies in the room
    std::size_t taken = 0;     // bytes from the front that are done with
};

class WebSocketReader {
public:
    /// A message of more than `most` bytes is a violation (1009), found with the frame whose length
    /// says so.
    explicit WebSocketReader(std::uint32_t most) : most_(most) {}

    /// Reads up to the end of one event. What is not taken is to be shown again, with more behind
    /// it. Payloads go to `room`, which has as many bytes as `bytes` and may be the same memory.
    /// To be called until it finds nothing. After close and violation all is taken and dropped.
    WebSocketRead next(std::string_view bytes, char* room);

    bool is_over() const { return is_over_; }

private:
    struct Head;

    /// The code to close with when `head`, at the front of a frame, breaks a rule; 0: it does not.
    std::uint16_t judge_first_byte(std::uint8_t byte) const;
    std::uint16_t judge_length(const Head& head) const;
    WebSocketRead begin_frame(std::string_view bytes, char* room);
    WebSocketRead read_control(const Head& head, std::string_view bytes, char* room);
    WebSocketRead read_text(std::string_view bytes, char* room);
    WebSocketRead read_close(std::string_view payload, std::size_t taken);
    WebSocketRead fail(std::uint16_t code);

    std::uint32_t most_;
    std::uint32_t message_ = 0;  // bytes of the message up to the end of its newest frame
    std::uint32_t left_ = 0;     // bytes of the frame that have not come yet
    std::uint32_t mask_ = 0;     // of the next bytes
    Utf8Check utf8_;
    bool is_in_message_ = false;
    bool is_in_frame_ = false;
    bool is_final_ = false;  // of the frame
    bool is_over_ = false;
};

}  // namespace http

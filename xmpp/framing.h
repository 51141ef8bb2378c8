#pragma once
// The subprotocol `xmpp` of WebSocket (RFC 7395): one message holds one element, and <open/> and
// <close/> stand for the tags that open and close a stream. Both ways between messages and the
// plain stream of RFC 6120. Pure; one thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "xmpp/stream_error.h"
#include "xmpp/stream_header.h"
#include "xmpp/stream_scanner.h"

namespace xmpp {

/// Section 3.6. Byte for byte: strophe.js compares the whole string while a session goes on.
inline constexpr std::string_view kFramedClose =
    "<close xmlns=\"urn:ietf:params:xml:ns:xmpp-framing\" />";

/// `<open/>` in place of a server's header. strophe.js looks for `<open ` at its front; Smack turns
/// it into a header by replacing text, and fails over a declaration of `xmlns:stream`.
std::string framed_open(const StreamHeader& header);

/// What a client's message stands for.
struct FramedMessage {
    enum class Kind : std::uint8_t {
        need_more,  // the message is not whole yet, and right so far
        nothing,    // white space, which some send to keep the connection
        stream,     // bytes()
        close,      // bytes(), too: the end tag of the stream
        refused,    // `condition`, `rule`, `text`
    };
    Kind kind = Kind::need_more;
    std::string_view element = {};  // of the message
    std::string made = {};          // in place of it
    StreamErrorCondition condition{};
    std::string_view rule = {};  // for the log, static text
    std::string text = {};       // for the client

    /// Of the plain stream.
    std::string_view bytes() const { return made.empty() ? element : std::string_view(made); }
};

/// White space that a message may have around its element, in bytes.
inline constexpr std::uint32_t kAroundElement = 1'024;

/// Reads the messages of one client, each in full or as it grows. Nothing but one whole element
/// gets through. However slowly a message grows, no byte is looked at more than twice.
class FramedReader {
public:
    /// `pool` and `limits` outlive the reader.
    FramedReader(ScanWorkPool& pool, const ScanLimits& limits);

    /// `message` is all that has come of it so far; the same start again, until `is_whole`.
    FramedMessage read(std::string_view message, bool is_whole);
    void set_limits(const ScanLimits& limits) {
        limits_ = &limits;
        scanner_.set_limits(limits);
    }

private:
    FramedMessage look(std::string_view message, bool is_whole);
    FramedMessage judge(const Token& token, std::string_view element);

    StreamScanner scanner_;
    const ScanLimits* limits_;
    // Of the message so far; 0 before its first part.
    std::uint32_t blank_ = 0;  // white space in front of the element
    std::uint32_t seen_ = 0;   // the element, once it is whole, and white space behind it
};

}  // namespace xmpp

#pragma once
// The one gate: a strict, incremental tokenizer that cuts an XML stream into first-level elements and
// accepts nothing that RFC 6120 section 11, XML 1.0 or Namespaces in XML 1.0 forbid. A pure machine: it
// knows no socket, clock or log. One scanner per direction of a stream; one thread.
//
// It works on a window: the contiguous bytes from the start of the token in progress to the last byte
// received. Each byte is looked at once, whatever the splits; nothing is copied but the namespace
// declarations of an unusual stream header. What it needs while an element is open (open tags, attributes,
// namespace bindings) lies in a ScanWork that is borrowed from the worker's pool and given back
// when the element ends, so that a scanner between elements is a few dozen bytes.

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "xmpp/limits.h"
#include "xmpp/stream_error.h"

namespace xmpp {

enum class TokenKind : std::uint8_t {
    need_more,     // the window ends inside a token; call again with the same start and more bytes
    whitespace,    // a run of white space before the header or between first-level elements
    stream_open,   // XML declaration (if any), white space, and the start tag of the stream
    element,       // one complete first-level element, from '<' to '>'
    stream_close,  // the end tag of the stream
    refused,       // see Token::refusal; the scanner stays refused until restart()
};

/// Which rule the bytes broke. The text (to_string) is the `reason` that the log shows.
enum class ScanRule : std::uint8_t {
    none,
    comment, processing_instruction, doctype, entity_reference,       // restricted-xml
    utf8, encoding,                                                    // unsupported-encoding
    character, character_reference, syntax, end_tag, duplicate_attribute,  // not-well-formed
    unbound_prefix, reserved_prefix, cdata_end_in_text,                // not-well-formed
    not_a_stream, wrong_stream_namespace, text_between_elements, nested_stream,  // bad-format and kin
    after_stream_close,
    too_many_bytes, too_deep, too_many_attributes, too_many_elements,  // policy-violation
    too_many_namespaces,
};
std::string_view to_string(ScanRule rule);
/// The stream error condition that RFC 6120 section 4.9.3 gives for a broken rule.
StreamErrorCondition condition_of(ScanRule rule);

struct Refusal {
    ScanRule rule = ScanRule::none;
    std::uint32_t offset = 0;  // of the offending byte or token, from the window's start
};

/// One token at the front of the window. The views point into the window, into the scanner, or into
/// static text; they are valid until the window moves or the scanner is called again.
struct Token {
    TokenKind kind = TokenKind::need_more;
    std::uint32_t size = 0;       // bytes from the window's start; 0 for need_more and refused
    std::string_view local_name;  // of a stream_open or element, without prefix
    std::string_view namespace_uri;  // that qualifies it; raw as written in the declaration
    Refusal refusal;

    bool is(std::string_view name, std::string_view uri) const {
        return local_name == name && namespace_uri == uri;
    }
};

struct ScanWork;

/// ScanWork objects for the elements that are open at this moment. One pool per worker; not locked.
class ScanWorkPool {
public:
    ScanWorkPool();
    ~ScanWorkPool();
    std::unique_ptr<ScanWork> borrow();
    void give_back(std::unique_ptr<ScanWork> work);

private:
    std::vector<std::unique_ptr<ScanWork>> idle_;
};

class StreamScanner {
public:
    /// `pool` and `limits` must outlive the scanner.
    StreamScanner(ScanWorkPool& pool, const ScanLimits& limits);
    StreamScanner(StreamScanner&&) noexcept;
    StreamScanner& operator=(StreamScanner&&) noexcept;
    ~StreamScanner();

    /// The next token of `window`. The window starts where the previous token ended (or at the same
    /// place as before, after need_more) and holds at least the bytes shown before. White space that
    /// reaches the end of the window is returned at once (it may be split into several tokens); every
    /// other token is returned when it is complete. An empty window gives need_more.
    Token next(std::string_view window);

    /// A new stream begins on the same connection (after TLS, after SASL): forget everything.
    void restart();
    /// Other limits from the next token on (larger ones after login).
    void set_limits(const ScanLimits& limits);
    /// No token is in progress: the bytes returned so far end between tokens.
    bool is_between_tokens() const;
    /// The stream header has been accepted and the stream is not closed.
    bool is_stream_open() const;
    /// The content namespace that the header declared as default ("jabber:client" for most), or "".
    std::string_view default_namespace() const;
};

}  // namespace xmpp

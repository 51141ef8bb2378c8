#pragma once
// The one gate: a strict, incremental tokenizer that cuts an XML stream into first-level elements
// and accepts nothing that RFC 6120 section 11, XML 1.0 or Namespaces in XML 1.0 forbid. It does
// not validate against schemas (section 11.4): whoever answers an element judges what it means. A
// pure machine: it knows no socket, clock or log. One scanner per direction of a stream; one
// thread.
//
// It works on a window: the contiguous bytes from the start of the token in progress to the last
// byte received. Each byte is looked at once, whatever the splits; nothing is copied but the
// namespace declarations of an unusual stream header. What it needs while an element is open (open
// tags, attributes, namespace bindings) lies in a ScanWork that is borrowed from the worker's pool
// and given back when the element ends, so that a scanner between elements is a few dozen bytes.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "xmpp/header_context.h"
#include "xmpp/limits.h"
#include "xmpp/scan_rule.h"

namespace xmpp {

enum class TokenKind : std::uint8_t {
    need_more,     // the window ends inside a token; call again with the same start and more bytes
    whitespace,    // a run of white space before the header or between first-level elements; the
                   // former is not to be passed on, for XML forbids it before its declaration
    stream_open,   // XML declaration (if any), white space, and the start tag of the stream
    element,       // one complete first-level element, from '<' to '>'
    stream_close,  // the end tag of the stream
    refused,       // see Token::refusal; the scanner stays refused until restart()
};

/// One token at the front of the window. The views point into the window, into the scanner, or into
/// static text; they are valid until the window moves or the scanner is called again.
struct Token {
    TokenKind kind = TokenKind::need_more;
    std::uint32_t size = 0;          // bytes from the window's start; 0 for need_more and refused
    std::string_view local_name;     // of a stream_open or element, without prefix
    std::string_view namespace_uri;  // that qualifies it; as written (references not decoded) in
                                     // the element's own declaration, decoded in one of the header
    Refusal refusal;

    bool is(std::string_view name, std::string_view uri) const {
        return local_name == name && namespace_uri == uri;
    }
    /// A stanza of jabber:client (RFC 6120 section 4.1).
    bool is_stanza() const;
};

struct ScanWork;
class ScanWorkPool;

struct GiveBackScanWork {
    ScanWorkPool* pool = nullptr;
    void operator()(ScanWork* work) const noexcept;
};
/// Goes back to its pool when the owner lets go of it.
using BorrowedScanWork = std::unique_ptr<ScanWork, GiveBackScanWork>;

/// ScanWork objects for the elements that are open at this moment. One pool per worker; not locked;
/// it must outlive the scanners that borrow from it.
class ScanWorkPool {
public:
    ScanWorkPool();
    ~ScanWorkPool();
    ScanWorkPool(const ScanWorkPool&) = delete;
    ScanWorkPool& operator=(const ScanWorkPool&) = delete;

    BorrowedScanWork borrow();
    /// Objects that are lent at this moment.
    std::size_t lent() const { return lent_; }

private:
    friend struct GiveBackScanWork;
    void give_back(ScanWork* work) noexcept;

    std::vector<std::unique_ptr<ScanWork>> idle_;
    std::size_t lent_ = 0;
};

class StreamScanner {
public:
    /// `pool` and `limits` must outlive the scanner.
    StreamScanner(ScanWorkPool& pool, const ScanLimits& limits);
    StreamScanner(StreamScanner&&) noexcept = default;
    StreamScanner& operator=(StreamScanner&&) noexcept = default;
    ~StreamScanner() = default;

    /// The next token of `window`. The window starts where the previous token ended (or at the same
    /// place as before, after need_more) and holds at least the bytes shown before; it may have
    /// moved in memory. White space that reaches the end of the window is returned at once (it may
    /// be split into several tokens); every other token is returned when it is complete, and a
    /// refusal as soon as the byte that breaks a rule is there. An empty window gives need_more.
    Token next(std::string_view window);

    /// Bytes of a token that is not complete yet, at the front of the next window.
    std::size_t scanned() const;

    /// A new stream begins on the same connection (after TLS, after SASL): forget everything.
    void restart();
    /// The header has not come yet, or not all of it: of a first stream, or of one after restart().
    bool awaits_header() const { return phase_ == Phase::fresh; }
    /// Other limits from the next token on (larger ones after login). `limits` must outlive the
    /// scanner.
    void set_limits(const ScanLimits& limits) { limits_ = &limits; }
    /// The content namespace that the header declared as default ("jabber:client" for most), or "".
    /// Valid until restart().
    std::string_view default_namespace() const;

private:
    //   fresh --header--> open --end tag--> closed
    // From each of them a broken rule leads to `refused`, restart() from each of them to `fresh`.
    enum class Phase : std::uint8_t { fresh, open, closed, refused };

    static Token white_space(std::string_view window);
    Token stream_open(std::string_view window, std::uint32_t size);
    Token element(std::string_view window, std::uint32_t size);
    Token stream_close(std::uint32_t size);
    Token refuse(Refusal refusal);

    ScanWorkPool* pool_;
    const ScanLimits* limits_;
    BorrowedScanWork work_;     // null between tokens
    HeaderContextPtr context_;  // null before the header
    Refusal refusal_;
    Phase phase_ = Phase::fresh;
};

}  // namespace xmpp

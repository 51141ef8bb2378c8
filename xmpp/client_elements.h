#pragma once
// Which side of a client's stream may say which first-level element, and when: the words of the
// negotiation (RFC 6120 sections 5 and 6, XEP-0138, XEP-0198, XEP-0352, XEP-0388). Stanzas and what
// nobody here knows are no matter of this room. Pure; any thread.

#include <cstdint>
#include <string_view>

#include "xmpp/sasl_element.h"
#include "xmpp/stream_scanner.h"

namespace xmpp {

/// Is it something that only the receiving entity says (`<success/>`, `<enabled/>`, features and
/// their like)? From a client it is unsupported-stanza-type (section 4.9.3.24), and nobody may
/// believe it. A stream error does not count: either side may report one (section 4.9.1.1).
bool is_said_by_servers(const Token& element);

/// Does it mean something after login only: stream management and client state? Earlier it is
/// not-authorized (section 4.9.3.12).
bool needs_login(const Token& element);

/// XEP-0138: a request for compression.
bool asks_for_compression(const Token& element);
/// The answer where no method of it is supported. The stream goes on.
inline constexpr std::string_view kCompressionRefused =
    "<failure xmlns='http://jabber.org/protocol/compress'><unsupported-method/></failure>";

/// How often one stream may ask for what we refuse without ending it (compression, a login before
/// TLS). A client that goes on asking is ended (section 6.4.5: 2 to 5 tries).
inline constexpr std::uint8_t kRefusalsMost = 5;

}  // namespace xmpp

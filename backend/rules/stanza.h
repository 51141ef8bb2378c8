#pragma once
// One stanza of a client: opened for questions, and edited by byte range so that all the rest goes
// on as it came (RFC 6120 section 8). Pure; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "xmpp/element.h"
#include "xmpp/jid.h"

namespace backend {

enum class StanzaKind : std::uint8_t { message, presence, iq };
std::string_view to_string(StanzaKind kind);

/// One accepted first-level element of a client, opened. `bytes` and what the views point to live
/// as long as the caller keeps them.
struct Stanza {
    StanzaKind kind{};
    std::string_view bytes;
    xmpp::Element root;
    std::string_view type;        // as given; empty: absent
    std::string_view id;          // as given; empty: absent
    std::optional<xmpp::Jid> to;  // prepared; none: absent or not to be prepared
    bool has_bad_to = false;      // there, but cannot be prepared: answered with jid-malformed
};

/// Opens `bytes`, one element that means the same in a stream with the usual bindings; `root` is
/// the root of a reader over the same bytes. nullopt: no stanza of jabber:client, which ends the
/// stream (unsupported-stanza-type).
std::optional<Stanza> open_stanza(std::string_view bytes, xmpp::Element root);

/// The bytes of `child`, an element directly inside the root of `bytes`, as an element of its own:
/// what it used of the root's declarations is declared on it.
std::string cut_out(std::string_view bytes, xmpp::Element root, xmpp::Element child);

/// `element` with the attribute set on its first start tag, whether it was there or not.
std::string with_attribute(std::string_view element, std::string_view name, std::string_view value);
/// `element` with `child`, a whole element, as its last child.
std::string with_child(std::string_view element, std::string_view child);
/// `element`, jabber:client by default, for a place where another default namespace rules.
std::string with_client_namespace(std::string_view element);

}  // namespace backend

#pragma once
// The messages of SASL mechanisms taken apart: PLAIN (RFC 4616) and SCRAM (RFC 5802). Views point
// into the message, which may hold secrets. Pure; any thread.
// Why: xmpp/README.md, "One reader of SASL messages".

#include <optional>
#include <string>
#include <string_view>

namespace xmpp {

/// RFC 4616 section 2: [authzid] NUL authcid NUL passwd.
struct PlainMessage {
    std::string_view authzid;  // empty if absent
    std::string_view authcid;
    std::string_view password;
};
/// nullopt unless there are two NULs.
std::optional<PlainMessage> read_plain_message(std::string_view message);

/// RFC 5802 section 7, client-first-message.
struct ScramFirst {
    std::string_view flag;     // "n", "y" or "p=type"
    std::string_view authzid;  // escaped; empty if absent
    std::string_view name;     // escaped
    std::string_view nonce;
    std::string_view gs2_header;  // with both commas
    std::string_view bare;        // client-first-message-bare
};
/// nullopt for what no server may accept, a mandatory extension ("m=") among it.
std::optional<ScramFirst> read_scram_first(std::string_view message);

/// RFC 5802 section 7: a SCRAM message is fields between commas. Takes the field at the front of
/// `text` and the comma behind it; nullopt, and `text` as it was, if no comma follows.
std::optional<std::string_view> take_scram_field(std::string_view& text);

/// RFC 5802 section 5.1, saslname: no '=' but in "=2C" and "=3D"; nullopt for any other.
std::optional<std::string> unescape_saslname(std::string_view name);

}  // namespace xmpp

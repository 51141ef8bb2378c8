#pragma once
// Which user is about to log in, as far as the first element of a SASL exchange shows it. That is
// enough to choose a server, and never to be trusted. A malformed element gives no user; the server
// that gets it answers. Passwords and tokens pass through one buffer that is wiped. Pure; any
// thread.

#include <optional>
#include <string>
#include <string_view>

#include "xmpp/element.h"
#include "xmpp/ids.h"
#include "xmpp/sasl_element.h"
#include "xmpp/stream_features.h"

namespace xmpp {

/// The profile that a first-level element of this name begins a login in; nullopt for others.
std::optional<SaslProfile> login_profile(std::string_view name, std::string_view namespace_uri);

/// What the first element of a login says.
struct SaslLogin {
    SaslProfile profile = SaslProfile::rfc6120;
    std::string mechanism;  // as sent; empty if absent
    /// Prepared bare JID; empty if the mechanism shows none here, or what it shows is malformed.
    std::string user;
    /// XEP-0198 inline in XEP-0388: the session that the login wants to go on with, if any.
    std::optional<SmId> previd = {};

    friend bool operator==(const SaslLogin&, const SaslLogin&) = default;
};

/// Reads an `<auth/>` or `<authenticate/>`; nullopt for any other element. `element`: an element
/// token of the scanner, which bounds the work. `domain`: of the stream, prepared
/// (prepared_domain); a user name that is a bare JID of that domain already is taken as such.
/// `outer`: what the stream header declared.
std::optional<SaslLogin> read_sasl_login(std::string_view element, std::string_view domain,
                                         const NamespaceBindings& outer = usual_bindings());

/// The prepared bare JID that a user name means in a stream for `domain` (prepared_domain): a
/// localpart, or a bare JID of that very domain; empty if it means none.
std::string user_of_name(std::string_view name, std::string_view domain);

/// Is the login's mechanism among those that `features` offer in its profile, tokens included?
bool offers(const FeaturesSummary& features, SaslProfile profile, std::string_view mechanism);

}  // namespace xmpp

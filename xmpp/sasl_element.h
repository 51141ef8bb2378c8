#pragma once
// The elements that a client sends in a login, both profiles of SASL (RFC 6120 section 6,
// XEP-0388). What they carry for the mechanism never passes through an XML tree, only through one
// buffer that is wiped. Pure; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "xmpp/base64.h"
#include "xmpp/element.h"

namespace xmpp {

enum class SaslProfile : std::uint8_t {
    rfc6120,  // `<auth/>`, RFC 6120 section 6.4.2
    sasl2,    // `<authenticate/>`, XEP-0388
};

enum class SaslVerb : std::uint8_t {
    begin,     // `<auth/>`, `<authenticate/>`
    response,  // `<response/>`
    abort,     // `<abort/>`
};

struct SaslElement {
    SaslProfile profile = SaslProfile::rfc6120;
    SaslVerb verb = SaslVerb::begin;
    std::string mechanism;  // of `begin`, as sent; empty if absent
    /// Is there something for the mechanism? A `response` always has it, be it empty.
    bool has_data = false;
    std::optional<SaslData> data;  // decoded; none with has_data: not base64 (incorrect-encoding)
};

/// What a first-level element of this name is in a login; nullopt for others.
std::optional<SaslVerb> sasl_verb(std::string_view name, std::string_view namespace_uri);

/// Reads an element that sasl_verb() knows; nullopt for any other. `element`: an element token of
/// the scanner. `outer`: what the stream header declared.
std::optional<SaslElement> read_sasl_element(std::string_view element,
                                             const NamespaceBindings& outer = usual_bindings());

/// `<failure/>` of the profile with a condition of RFC 6120 section 6.5, and words for people.
std::string sasl_failure(SaslProfile profile, std::string_view condition, std::string_view text);

/// The element with blanks for all its character data, so that everything stands where it stood and
/// nothing secret is copied.
std::string without_text(std::string_view element);

/// The same, but only what an `<initial-response/>` of XEP-0388 holds is blanked: what is left can
/// be read by anybody.
std::string without_initial_response(std::string_view element,
                                     const NamespaceBindings& outer = usual_bindings());

}  // namespace xmpp

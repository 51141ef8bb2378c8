#pragma once
// Reads why a login was refused, in both profiles of SASL. Pure; any thread.

#include <string_view>

#include "xmpp/element.h"

namespace xmpp {

/// The condition of a `<failure/>` (RFC 6120 section 6.5, XEP-0388 section 2.6), as static text;
/// "other" when it names none that is defined. `failure`: an element token of the scanner; `outer`:
/// what the stream header declared.
std::string_view read_sasl_failure(std::string_view failure,
                                   const NamespaceBindings& outer = usual_bindings());

}  // namespace xmpp

#pragma once
// XEP-0198 elements of a server in passing: edited by byte range, never rewritten. Pure; any
// thread.

#include <optional>
#include <string>
#include <string_view>

#include "xmpp/element.h"

namespace xmpp {

/// XEP-0198 section 5 lets a server name in `location` where a client had better resume; behind a
/// proxy that is an internal address. Removes it from `<enabled/>`, whether first-level or inside
/// the
/// `<bound/>` of a SASL2 `<success/>` (XEP-0386). nullopt: nothing to change, forward the original
/// bytes. Meant for tokens named `enabled` and `success`; right, but a waste, for any other.
std::optional<std::string> without_location(std::string_view element,
                                            const NamespaceBindings& outer = usual_bindings());

}  // namespace xmpp

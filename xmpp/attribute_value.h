#pragma once
// What an attribute's value stands for. Pure; any thread.

#include <string>
#include <string_view>

namespace xmpp {

/// The value as XML 1.0 section 3.3.3 normalises it, its line ends as section 2.11 does. `raw`
/// stands between the quotes and is well-formed: the scanner has accepted its references.
std::string attribute_value(std::string_view raw);

}  // namespace xmpp

#pragma once
// A stanza that means the same in another stream (RFC 6120 sections 4.8 and 4.7.4): what its own
// stream's header declared for it comes into its start tag. Edited by byte range. Pure; any thread.

#include <string>
#include <string_view>

#include "xmpp/element.h"

namespace backend {

/// `stanza`: an element token of the scanner. `bindings`: those of its header. `lang`: the header's
/// xml:lang, which messages and presence inherit; may be empty.
std::string standalone(std::string_view stanza, const xmpp::NamespaceBindings& bindings,
                       std::string_view lang);

/// Those of a header that other streams do not declare as well, `jabber:client` and `stream`. That
/// it has no default namespace (RFC 6120 section 4.8.4) is one of them: `xmlns=''`.
xmpp::NamespaceBindings unusual(const xmpp::NamespaceBindings& bindings);

}  // namespace backend

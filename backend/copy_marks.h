#pragma once
// Which sessions got the same message. When one of them ends with its copy unacknowledged, those
// that came later need it and those that have it must not get it again. The mark travels in the
// message as its <stanza-id/> (XEP-0359), which is opaque to clients. Pure; any thread.

#include <string>
#include <string_view>
#include <vector>

#include "backend/records.h"
#include "xmpp/element.h"

namespace backend {

/// `message` with the mark that `user` got it in these sessions; unchanged for fewer than two.
std::string with_copy_mark(std::string message, std::string_view user,
                           const std::vector<const Route*>& routes);

/// `message`, with its `root`, without marks that its sender wrote in the name of `user`: that is
/// for the server of `user` alone (XEP-0359 section 6).
std::string without_forged_ids(std::string_view message, xmpp::Element root, std::string_view user);

/// Does the mark say that this session of `user` got the message, too?
bool has_copy(xmpp::Element message, std::string_view user, const Route& route);

}  // namespace backend

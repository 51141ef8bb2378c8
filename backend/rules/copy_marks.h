#pragma once
// Which sessions got the same message. When one of them ends with its copy unacknowledged, those
// that came later need it and those that have it must not get it again. The mark travels in the
// message, beside an id of its own (XEP-0359) that is the same in all copies. A reader of a mark
// recognises only sessions whose ids it knows already: they are hashed together with the message's
// id, so that no two messages have a name in common. Pure; any thread.
// Why: backend/README.md, "Copy marks".

#include <string>
#include <string_view>
#include <vector>

#include "backend/store/records.h"
#include "xmpp/element.h"

namespace backend {

/// Makes ids that nobody can predict, and no id twice.
using MakeId = std::string (*)();

/// `message` with an id and the mark that `user` got it in these sessions; unchanged for fewer than
/// two. It has neither for `user` yet. The mark says how many sessions there are, so it is for
/// clients of `user` only.
std::string with_copy_mark(std::string message, std::string_view user,
                           const std::vector<const Route*>& routes, MakeId make_id);

/// The same for a message with its `root` that may have a mark, of sessions that are gone: the new
/// one takes its place, and an id that is there stays.
std::string with_new_copy_mark(std::string_view message, xmpp::Element root, std::string_view user,
                               const std::vector<const Route*>& routes, MakeId make_id);

/// `message`, with its `root`, without ids and marks in the name of `user`. Those that its sender
/// wrote are forged: they are for the server of `user` alone (XEP-0359 section 6).
std::string without_copy_marks(std::string_view message, xmpp::Element root, std::string_view user);

/// Does the mark say that this session of `user` got the message, too?
bool has_copy(xmpp::Element message, std::string_view user, const Route& route);

}  // namespace backend

#pragma once
// How a health check asks a server for an account without logging in: it begins a SCRAM login
// (RFC 5802) in its name, reads the salt and the iteration count that the server keeps with the
// account's keys, and aborts. Servers of one cluster say the same, servers of two do not. Pure; any
// thread.

#include <string>
#include <string_view>
#include <vector>

#include "xmpp/element.h"
#include "xmpp/stream_scanner.h"

namespace proxy {

/// The mark of a server that does not know the account.
inline constexpr std::string_view kUnknownAccount = "unknown";

/// The `<auth/>` for this prepared localpart, by a mechanism out of those offered; empty if none of
/// them can ask.
std::string account_question(std::string_view localpart,
                             const std::vector<std::string>& mechanisms);

/// What ends the question, behind the answer.
std::string_view account_goodbye();

/// What the answer, an element token, says of the account: equal text for equal salt and count, or
/// kUnknownAccount; empty if it says nothing.
std::string account_mark(const xmpp::Token& token, std::string_view bytes,
                         const xmpp::NamespaceBindings& bindings);

}  // namespace proxy

#pragma once
// Names that nobody can predict and that do not come again: of streams, sessions, resources and
// messages. Any thread.

#include <string>

namespace backend {

/// 144 random bits in 24 characters of letters, digits, '-' and '_' (base64url, RFC 4648 section
/// 5), so that they stand unescaped in a JID, a SCRAM nonce, a file name or a URL.
std::string make_token();

}  // namespace backend

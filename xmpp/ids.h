#pragma once
// Identifiers that a stream hands out: opaque strings with types of their own.

#include <string>

#include "core/strong.h"

namespace xmpp {

/// The `id` of a response stream header (RFC 6120 section 4.7.3): unique, unpredictable, new after
/// every restart. Whoever makes one owes these properties; here it is only carried and escaped.
using StreamId = core::Strong<struct StreamIdTag, std::string>;

/// The id of a session that can be resumed (XEP-0198): whoever has it and the password has the
/// session.
using SmId = core::Secret<struct SmIdTag>;

}  // namespace xmpp

#pragma once
// Base64 as SASL wants it in XMPP (RFC 6120 section 6.4.2, RFC 4648 section 4). What it decodes may
// be secret, so it is kept in a type that wipes it and that no log accepts. Pure; any thread.

#include <optional>
#include <string_view>

#include "core/base64.h"
#include "core/strong.h"

namespace xmpp {

/// Bytes of a SASL exchange: names, proofs, passwords.
using SaslData = core::Secret<struct SaslDataTag>;

/// The canonical form only: padded, no white space or other character, no stray bits. Time does not
/// depend on where the text is wrong.
std::optional<SaslData> decode_base64(std::string_view text);

using core::encode_base64;

}  // namespace xmpp

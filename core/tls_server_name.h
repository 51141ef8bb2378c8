#pragma once
// The name that a client asks for in its ClientHello. Pure; any thread.

#include <optional>
#include <span>
#include <string>

namespace core {

/// The one host_name in the body of the extension server_name (RFC 6066 section 3), in lower case;
/// nullopt when that is malformed.
std::optional<std::string> server_name(std::span<const unsigned char> extension);

}  // namespace core

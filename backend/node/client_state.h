#pragma once
// Which stanzas may wait while a client says that it is inactive (XEP-0352). Pure; any thread.

#include <cstddef>
#include <string_view>

namespace backend {

/// So many may wait for one that cannot, or for the client to be active: then all go together.
inline constexpr std::size_t kHeldBackMost = 200;

/// Presence that is or is not there: whoever is looked at by nobody may hear of it later. Never a
/// message, an answer, or a subscription.
bool can_wait(std::string_view stanza);

}  // namespace backend

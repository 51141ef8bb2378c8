#pragma once
// What follows from presence: broadcast, directed, taken back (RFC 6121 section 4). Since every
// contact is a user of ours, the server has no need to probe: the plan reads the contact's current
// presence. Pure; any thread.

#include "backend/rules/plan_builder.h"
#include "backend/rules/stanza.h"

namespace backend {

inline constexpr std::size_t kPresenceBytes =
    16 * 1024;  // kept for each session and read by others
inline constexpr std::size_t kDirectedPresences = 1'000;  // that a session has to take back

void plan_presence(const Stanza& presence, PlanBuilder& plan);

/// Takes back what the sender's session has given, by broadcast and directed: `presence` (type
/// unavailable, from stamped) goes to all who know of it. The route stays as it is.
void take_back_presence(const std::string& presence, PlanBuilder& plan);

/// The priority that presence says (section 4.7.2.3); nullopt: not a number from -128 to 127.
std::optional<std::int8_t> priority_of(xmpp::Element presence);

}  // namespace backend

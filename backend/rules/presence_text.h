#pragma once
// Presence stanzas that the server itself writes. Pure; any thread.

#include <string>
#include <string_view>

#include "backend/rules/subscription.h"

namespace backend {

/// With nothing that a session has said. Empty: the attribute is left out.
std::string presence_of_type(std::string_view type, std::string_view from, std::string_view to,
                             std::string_view id = {});

/// From a full JID, without `to`.
std::string unavailable_presence(std::string_view from);
std::string subscription_presence(SubscriptionAction action, std::string_view from,
                                  std::string_view to);

}  // namespace backend

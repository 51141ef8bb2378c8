#pragma once
// Presence stanzas that the server itself writes. Pure; any thread.

#include <string>
#include <string_view>

#include "backend/subscription.h"

namespace backend {

/// From a full JID, without `to`.
std::string unavailable_presence(std::string_view from);
std::string subscription_presence(SubscriptionAction action, std::string_view from,
                                  std::string_view to);

}  // namespace backend

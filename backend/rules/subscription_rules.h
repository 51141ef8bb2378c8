#pragma once
// Requests to see somebody's presence, and their answers, over both rosters at once (RFC 6121
// section 3): both users are ours, so what the two servers of the RFC do is one plan. Pure; any
// thread.

#include <string>

#include "backend/rules/plan_builder.h"
#include "backend/rules/stanza.h"
#include "backend/rules/subscription.h"

namespace backend {

/// `presence` is addressed to `contact` (bare JID), somebody of ours who is not the sender.
void plan_subscription(const Stanza& presence, SubscriptionAction action,
                       const std::string& contact, PlanBuilder& plan);

/// The contact leaves the sender's roster: no presence goes either way any more (RFC 6121 section
/// 2.5.2). The sender's own item is the caller's to remove.
void end_subscriptions(const std::string& contact, PlanBuilder& plan);

}  // namespace backend

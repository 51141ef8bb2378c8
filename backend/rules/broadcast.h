#pragma once
// Presence from one session to all who may see it, and from all whom it may see (RFC 6121 sections
// 4.2 to 4.5). Pure; any thread.

#include <set>
#include <string>

#include "backend/rules/plan_builder.h"

namespace backend {

/// `presence`, from stamped, to the available sessions of all contacts who may see it, and to the
/// user's others. Returns the full JIDs that got it.
std::set<std::string> broadcast(const std::string& presence, PlanBuilder& plan);

/// To the sender: the current presence of its contacts, as far as it may see it, and of the user's
/// other sessions. What a probe would bring (section 4.3).
void show_others(PlanBuilder& plan);

}  // namespace backend

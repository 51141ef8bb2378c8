#pragma once
// Roster get, set and remove (RFC 6121 section 2). Pure; any thread.

#include "backend/rules/iq_request.h"
#include "backend/rules/plan_builder.h"

namespace backend {

/// To the sender's own account.
void plan_roster_iq(const IqRequest& request, PlanBuilder& plan);

}  // namespace backend

#pragma once
// Small questions to the server itself: alive (XEP-0199), which software (XEP-0092), what time
// (XEP-0202), its card (XEP-0054). Pure; any thread.

#include "backend/rules/iq_request.h"
#include "backend/rules/plan_builder.h"

namespace backend {

/// A get. False: not one of these.
bool plan_server_query(const IqRequest& request, PlanBuilder& plan);

}  // namespace backend

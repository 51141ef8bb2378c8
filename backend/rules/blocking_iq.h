#pragma once
// Block lists asked for and changed (XEP-0191). Pure; any thread.

#include "backend/rules/iq_request.h"
#include "backend/rules/plan_builder.h"

namespace backend {

inline constexpr std::size_t kBlockedJids = 1'000;
inline constexpr std::size_t kBlockListBytes = 256 * 1024;  // of all JIDs

/// To the sender's own account.
void plan_blocking_iq(const IqRequest& request, PlanBuilder& plan);

}  // namespace backend

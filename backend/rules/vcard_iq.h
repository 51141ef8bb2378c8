#pragma once
// Cards of users (XEP-0054). Pure; any thread.

#include "backend/rules/iq_request.h"
#include "backend/rules/plan_builder.h"

namespace backend {

inline constexpr std::size_t kVcardBytes = 64 * 1024;

/// A get for anybody's card, or a set of one's own.
void plan_vcard_iq(const IqRequest& request, PlanBuilder& plan);

}  // namespace backend

#pragma once
// What follows from a message (RFC 6121 sections 5 and 8; XEP-0160, 0191, 0203, 0280, 0334). Pure;
// any thread.

#include "backend/rules/plan_builder.h"
#include "backend/rules/stanza.h"

namespace backend {

void plan_message(const Stanza& message, PlanBuilder& plan);

/// Is it kept for a user who is not there (XEP-0160 section 3; XEP-0334)?
bool may_be_stored(const Stanza& message);

}  // namespace backend

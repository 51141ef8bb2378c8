#pragma once
// What follows from an <iq/> (RFC 6120 section 8.2.3, RFC 6121 section 8): relayed between
// sessions, answered by the server for itself or for an account, or refused. Pure; any thread.

#include "backend/rules/plan_builder.h"
#include "backend/rules/stanza.h"

namespace backend {

void plan_iq(const Stanza& iq, PlanBuilder& plan);

}  // namespace backend

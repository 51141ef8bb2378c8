#pragma once
// A client asks for somebody's current presence (RFC 6121 section 4.3.2). Servers do so for their
// users, and some clients do it themselves. Pure; any thread.

#include "backend/addressing.h"
#include "backend/plan_builder.h"
#include "backend/stanza.h"

namespace backend {

/// `probe` is presence of that type for an account of ours. Who may not see it hears the same
/// whether the account exists or not.
void plan_probe(const Stanza& probe, const Target& target, PlanBuilder& plan);

}  // namespace backend

#pragma once
// A client asks for somebody's current presence (RFC 6121 section 4.3.2). Servers do so for their
// users, and some clients do it themselves. Pure; any thread.

#include <string>

#include "backend/rules/addressing.h"
#include "backend/rules/plan_builder.h"
#include "backend/rules/stanza.h"

namespace backend {

/// May the sender see the presence of this user (bare JID), who may be himself?
bool may_see_presence(const std::string& user, PlanBuilder& plan);

/// `probe` is presence of that type for an account of ours. A sender who may not see it gets the
/// same answer whether the account exists or not.
void plan_probe(const Stanza& probe, const Target& target, PlanBuilder& plan);

}  // namespace backend

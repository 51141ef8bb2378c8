#pragma once
// From a stanza to everything that follows from it: the rules of an XMPP server as pure functions
// over what the store knows. First needs() says what has to be read, then plan() says what to
// commit, or what has to be read besides (a roster says whose routes matter). Nothing here waits,
// sends or logs. Any thread.

#include "backend/rules/plan_values.h"
#include "backend/rules/stanza.h"

namespace backend {

Needs needs(const Stanza& stanza, const Sender& sender, const PlanContext& context);
Plan plan(const Stanza& stanza, const Sender& sender, const Knowledge& known,
          const PlanContext& context);

}  // namespace backend

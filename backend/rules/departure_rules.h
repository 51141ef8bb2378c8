#pragma once
// The end of a session: what it had given is taken back, what its client never acknowledged goes
// elsewhere. Planned as a stanza is (backend/rules/plan.h), one commit after another. Pure; any
// thread.

#include <vector>

#include "backend/rules/plan_values.h"

namespace backend {

/// What one commit of a departure does, where it takes several.
struct DepartureStep {
    bool is_last = true;         // else it only hands on what was queued
    bool stores_offline = true;  // false: there is no room, so messages go back to their senders
};

/// A session has ended (closed by its client, expired, or not resumable and lost): presence is
/// taken back where it was given, and what its client never acknowledged goes to other sessions, to
/// offline messages, or back to its sender (XEP-0198 section 5, RFC 6121 section 8). The last write
/// is CloseSession.
Needs needs_of_departure(const Sender& sender, const std::vector<QueuedStanza>& unacknowledged);
Plan plan_departure(const Sender& sender, const std::vector<QueuedStanza>& unacknowledged,
                    const Knowledge& known, const PlanContext& context, DepartureStep step = {});

}  // namespace backend

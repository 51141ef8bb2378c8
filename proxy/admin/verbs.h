#pragma once
// Carries out the operator's commands against the running process. Control loop's thread only.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "proxy/admin/protocol.h"
#include "proxy/admin/target.h"

namespace proxy {

/// A change that was carried out, for the log.
struct AdminChange {
    std::string verb;
    std::string target;  // "main/a weight=50", a session's id; never a user's address
};

struct AdminOutcome {
    AdminReply reply;
    std::optional<AdminChange> change;
};

/// Carries out one command, as read by AdminRequestReader, and calls back once: at once, or when
/// the target has done it. `target` must outlive the call back. Exit codes: 0 done, 1 failed or
/// refused, 2 not understood.
void perform_admin_verb(AdminTarget& target, const std::vector<std::string>& words,
                        std::function<void(AdminOutcome)> on_done);

}  // namespace proxy

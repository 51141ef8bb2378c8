#pragma once
// `drain` and `maintenance` with --wait: once the change is made, the call lasts until the backend
// has no session any more, so that a script may go on with the server. Main thread only.

#include <string_view>

#include "proxy/admin/command.h"
#include "proxy/process/local_call.h"

namespace proxy {

/// The process has answered `changed` to this command. Asks it how many sessions are left until
/// there are none or `command.wait` has passed, and shows the number on a terminal behind `err`.
/// With --json the answer is `changed` with `sessions_left` and `waited_ms`. Gives the exit code:
/// kFailed when sessions are left.
int wait_until_empty(const LocalCall& call, const StateCommand& command, std::string_view changed);

}  // namespace proxy

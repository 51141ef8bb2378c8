#pragma once
// A question to the running process, out of a verb that does more than ask. Main thread only.

#include <string>
#include <vector>

#include "core/result.h"
#include "proxy/admin/protocol.h"
#include "proxy/process/local_call.h"

namespace proxy {

/// Where a call wants the running process to be asked: --socket, STANZAGATE_SOCKET, or the usual
/// place.
std::filesystem::path socket_of(const VerbCall& call);

/// Its answer to these words; the error is a sentence, of a process that cannot be reached.
core::Result<AdminReply, std::string> ask_process(const LocalCall& call,
                                                  const std::vector<std::string>& words);

}  // namespace proxy

#pragma once
// The operator's side of the admin socket: one command, one reply. Blocks the calling thread up to
// its deadline; main thread of a command, never a loop.

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.h"
#include "proxy/admin/protocol.h"

namespace proxy {

/// Sends a request (encode_admin_request) to the process that listens at `socket`. The error says
/// why there is no answer and what to do.
core::Result<AdminReply, std::string> ask_admin(const std::filesystem::path& socket,
                                                std::string_view request,
                                                std::chrono::milliseconds patience);

}  // namespace proxy

#pragma once
// What the operator's changes say on a terminal: what was, what is, and how to undo it. Pure; any
// thread.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/admin/command.h"
#include "proxy/admin/target.h"

namespace proxy {

/// The command that sets back what was, as a shell takes it; empty when nothing has changed.
std::string undo_of(const WeightCommand& command, const BeforeChange& before);
std::string undo_of(const StateCommand& command, const BeforeChange& before);

/// `keeping`: what becomes of it at a restart.
std::string weight_text(const WeightCommand& command, const BeforeChange& before,
                        const LiveKeeping& keeping);
std::string state_text(const StateCommand& command, const BeforeChange& before,
                       const LiveKeeping& keeping);
std::string kick_text(const KickCommand& command, std::uint64_t ended);
std::string upgrade_text(const Upgraded& upgraded);
/// `file` is the configuration's.
std::string reload_text(const ReloadResult& result, std::string_view file,
                        std::chrono::system_clock::time_point now);

}  // namespace proxy

#pragma once
// What the operator's commands answer with --json: one object and a line end, as docs/schemas has
// it of each command. Names are stable; later versions may add some. Times are UTC (ISO 8601),
// durations whole numbers with their unit in the name, null is "none" or "not known". Pure; any
// thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/admin/command.h"
#include "proxy/admin/target.h"
#include "proxy/admin/views.h"

namespace proxy {

std::string status_json(const ServerStatus& status, ViewTime now);
std::string backends_json(const std::vector<PoolStatus>& pools, ViewTime now);
std::string sessions_json(std::string_view pseudonym, const std::vector<SessionFacts>& sessions,
                          std::uint64_t matching);
std::string weight_json(const WeightCommand& command, const BeforeChange& before,
                        const LiveKeeping& keeping);
std::string state_json(const StateCommand& command, const BeforeChange& before,
                       const LiveKeeping& keeping);
std::string kick_json(std::uint64_t ended);
std::string reload_json(const ReloadResult& result, ViewTime now);
std::string upgrade_json(const Upgraded& upgraded);
std::string error_json(std::string_view what);

}  // namespace proxy

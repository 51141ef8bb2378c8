#pragma once
// What the operator's questions show on a terminal, in 80 columns at most. Pure: values and the
// time in, text out; any thread.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/admin/command.h"
#include "proxy/admin/target.h"

namespace proxy {

struct ViewTime {
    std::chrono::system_clock::time_point wall;
    core::TimePoint steady;
};

// Words that tables and JSON share.

/// As the configuration has it: "least-sessions".
std::string_view balance_words(conf::Balance balance);
/// "up", "down 3m: 3 checks failed, connection refused", "ejected 10s", "slow start 40%",
/// "draining, 3 left (10s)", "drained 5m, down", "maintenance 5m".
std::string state_words(const BackendStatus& backend, ViewTime now);
/// Since the last change of health or admin state; none when there has been none.
std::optional<std::chrono::seconds> state_age(const BackendStatus& backend, ViewTime now);

// Whole answers.

std::string status_text(const ServerStatus& status, ViewTime now);
std::string backends_text(const std::vector<PoolStatus>& pools, ViewTime now);
/// `pseudonym`: of the filter's user in the log; empty without one.
std::string sessions_text(const SessionFilter& filter, std::string_view pseudonym,
                          const std::vector<SessionFacts>& sessions, std::uint64_t matching);

}  // namespace proxy

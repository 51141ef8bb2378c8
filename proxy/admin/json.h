#pragma once
// What the operator's commands answer with --json: one object and a line end. Names are stable;
// new ones may come. Times are UTC (ISO 8601), durations whole numbers with their unit in the name,
// null is "none" or "not known". Pure; any thread.
//
//   status    {version, config_file, started, uptime_seconds, config_loaded, config_age_seconds,
//              reload_problem|null, workers, sessions, session_limit, failed_logins, waiting (at
//              the entrance now), shed, gave_up (there, since the start),
//              routed: {domain, user, tag, remembered} (since the start), listeners: [{address,
//              kind}], live: {differs: [text], state_file|null, problem|null},
//              work: {received_bytes: {client, backend}, stanzas: {client: {message, presence, iq},
//              backend: the same}, ends: {REASON: number}} (by where it came from, since the
//              start), old_processes: [{pid, version, sessions, resumable}], pools: [POOL]}
//   backends  {pools: [POOL]}
//   POOL      {name, balance, is_panicking, login_rate|null, services: [{name, records,
//              problem|null}], backends: [BACKEND]}
//   BACKEND   {name, address, priority, admin_state, health, state, cause|null,
//              failure|null, state_seconds|null, weight, file_weight, ramp_percent, sessions,
//              max_sessions|null, logins, logins_waiting, logins_told_to_come_back,
//              check_ms|null}; cause is that of the last change, failure says why it is down or
//              ejected, also when it was drained since
//   sessions  {matching, pseudonym|null, sessions: [{id, client, kind, state, domain|null,
//              user|null, pool|null, backend|null, age_seconds, stanzas_in, stanzas_out,
//              is_resumable}]}; pseudonym is that of the user of --jid, in the log
//   weight    {pool, backend, weight_before, weight, file_weight, survives_restart, sessions,
//              warning|null, undo|null}
//   drain, ready, maintenance
//             {pool, backend, admin_state_before, admin_state, over_ms|null, survives_restart,
//              sessions, warning|null, undo|null}
//   kick      {ended}
//   reload    {is_applied, changes: [text], needs_restart: [text], problems: [text], live: [text],
//              certificates: [{domain, change, valid_until|null, problem|null}],
//              earlier: [{when, seconds_ago, cause, changes: [text], refusal|null}]}; change is
//              "added", "renewed", "completed", "removed", "kept" or "unusable"; earlier says, when
//              there is nothing new, what was applied last and what has been refused since
//   upgrade   {pid, version, sessions (that stay at the old process), over_ms}
//   failures  {error} with an exit code that is not 0, also for words that are not understood; a
//             reload that is refused answers as reload

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

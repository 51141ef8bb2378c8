#pragma once
// The log lines about pools: every change in one line, with what can be done about those that an
// operator did not make himself. Any thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "balancer/backend_pool.h"
#include "proxy/checks/binding_warning.h"
#include "proxy/pools/drain_watch.h"
#include "proxy/pools/health_change.h"
#include "proxy/pools/live_state.h"

namespace proxy {

/// "backend_state": warn when the backend is lost, info when it is back.
void log_backend_state(const HealthChange& change, std::uint32_t sessions);
/// "backend_settings": the backend, which has never passed a check, answers with this setting
/// (`proxy = "off"`); with none when it is empty.
void log_other_settings(std::string_view pool, std::string_view backend, std::string_view setting);
/// "pool_strangers": members of one pool that are not one cluster, as PoolStrangers found it.
void log_pool_strangers(std::string_view pool, std::string_view finding);
/// "account_incomparable": these members cannot be compared by the account.
void log_incomparable(std::string_view pool, std::string_view members, std::string_view account);
/// "backend_changed": what the operator did to it, and what that does to its sessions.
void log_backend_changed(const balancer::BackendPool& pool, const balancer::Member& member,
                         std::uint32_t sessions);
/// "pool_panic": so few members are healthy that health is ignored; or that this has ended.
void log_panic(const balancer::BackendPool& pool);
/// "backend_drained": the last session of a backend that takes no new ones has gone.
void log_drained(const DrainWatch::Drained& what);
/// Does a member that is not known to be down take new sessions?
bool has_healthy(const balancer::BackendPool& pool);
/// What becomes of logins at a pool without a healthy backend, for the operator who has just taken
/// the last one away.
std::string words_without_healthy(const balancer::BackendPool& pool);
/// "last_backend_taken": an operator's word has left the pool without a healthy backend.
void log_last_taken(std::string_view pool, std::string_view backend, std::string_view effect);
/// "sasl_differs": the member's logins may fail although it stays (route = "domain").
void log_sasl_differs(std::string_view pool, std::string_view backend, std::string_view detail);
/// "user_refused": clients whose stream header names a user may be refused there, and the checks
/// cannot learn what it offers to them.
void log_user_refused(std::string_view pool, std::string_view backend, std::string_view domain,
                      std::string_view detail);
/// "routed_by_domain": the proxy cannot answer clients of the domain itself, although
/// route = "user".
void log_not_shown(std::string_view pool, std::string_view domain, std::string_view why);
/// "bindings_cannot_hold": clients that bind their logins to TLS fail at this member.
void log_binding_warning(std::string_view pool, std::string_view backend,
                         const BindingWarning& warning);
/// DNS names a member that was not there, or does not name it any more.
void log_member_appeared(std::string_view pool, std::string_view backend);
void log_member_vanished(std::string_view pool, std::string_view backend, std::uint32_t sessions);
/// "live_state_restored": what the operator had set before a restart counts again; `now` is what
/// counts of it, for a weight that the configuration has changed since is not set again.
void log_live_state_restored(const LiveMember& then, const LiveMember& now);
/// There is no such backend any more.
void log_live_state_dropped(const LiveMember& member);
/// "live_differs": what the operator set counts, and the configuration says something else.
void log_live_differs(const LiveMember& member);
/// More members than one process can serve: the pool stays as it was.
void log_members_refused(std::string_view pool);
/// "service_empty": DNS answers, and names no backend at all.
void log_service_empty(std::string_view service);
void log_dns_problem(std::string_view service, std::string_view problem);
void log_dns_recovered(std::string_view service);

}  // namespace proxy

#include "proxy/pools/pool_log.h"

#include <fmt/format.h>

#include <algorithm>

#include "balancer/health.h"
#include "core/log.h"
#include "proxy/pools/eviction.h"

namespace proxy {
namespace {

using balancer::HealthReason;
using State = balancer::HealthMachine::State;

std::string_view remedy_of(HealthReason reason) {
    switch (reason) {
        case HealthReason::connect_failed:
            return "check that the server runs and that its address and port are right";
        case HealthReason::timed_out:
            return "check whether the server is overloaded or a firewall drops what we send";
        case HealthReason::ended_early:
            return "read the server's log; `proxy` must be what its listener expects";
        case HealthReason::tls_failed:
            return "renew its certificate, or set ca_file, tls_verify or tls";
        case HealthReason::bad_answer:
            return "check that the port speaks XMPP, that `tls` and `proxy` fit, and that the "
                   "server serves the domain";
        case HealthReason::sasl_differs:
            return "give it the authentication settings of the pool's other backends, or set "
                   "route = \"domain\"";
        case HealthReason::certificate_differs:  // what is to be done stands in the detail
        case HealthReason::check_passed:
        case HealthReason::ejection_over:
        case HealthReason::checks_ended: break;
    }
    return "";
}

}  // namespace

void log_backend_state(const HealthChange& change, std::uint32_t sessions) {
    const bool is_loss = change.what.to == State::down || change.what.to == State::ejected;
    core::Log line(is_loss ? core::Severity::warn : core::Severity::info, "backend_state");
    line.with("pool", change.pool)
        .with("backend", change.backend)
        .with("from", to_string(change.what.from))
        .with("to", to_string(change.what.to))
        .with("reason", to_string(change.what.reason));
    if (!change.detail.empty()) line.with("detail", change.detail);
    line.with("sessions", sessions);
    const std::string_view remedy =
        change.remedy.empty() ? remedy_of(change.what.reason) : change.remedy;
    if (is_loss && !remedy.empty()) line.with("remedy", remedy);
}

void log_other_settings(std::string_view pool, std::string_view backend, std::string_view setting) {
    core::Log line(core::Severity::warn, "backend_settings");
    line.with("pool", pool).with("backend", backend);
    if (setting.empty()) {
        line.with("detail", "no other `proxy` or `tls` gets an XMPP answer either")
            .with("remedy", "check that the port is one for clients, and read the server's log");
    } else {
        line.with("detail", fmt::format("it answers with {}", setting))
            .with("remedy", fmt::format("set {} for the backend", setting));
    }
}

void log_pool_strangers(std::string_view pool, std::string_view finding) {
    core::Log(core::Severity::warn, "pool_strangers")
        .with("pool", pool)
        .with("detail", finding)
        .with("effect", "logins and messages fail, depending on which backend is chosen")
        .with("remedy", "make them one cluster, with the same accounts, or give each a pool");
}

void log_incomparable(std::string_view pool, std::string_view members, std::string_view account) {
    core::Log(core::Severity::warn, "account_incomparable")
        .with("pool", pool)
        .with("backends", members)
        .with("why",
              fmt::format("another salt for {} each time: passwords are stored in clear", account))
        .with("remedy",
              "let them store hashed passwords, or remove `account` of the pool's health");
}

void log_backend_changed(const balancer::BackendPool& pool, const balancer::Member& member,
                         std::uint32_t sessions) {
    core::Log line(core::Severity::info, "backend_changed");
    line.with("pool", pool.settings().name)
        .with("backend", member.backend->name)
        .with("admin", to_string(member.state.admin))
        .with("weight", member.state.weight)
        .with("sessions", sessions);
    if (member.state.admin == balancer::AdminState::drain)
        line.with("state", drain_words(sessions));
    if (member.state.admin == balancer::AdminState::maintenance)
        line.with("effect", maintenance_effect(pool.settings().resume_anywhere));
}

void log_panic(const balancer::BackendPool& pool) {
    const auto& members = pool.members();
    const auto count = [&](const auto& holds) {
        return static_cast<std::uint64_t>(std::count_if(members.begin(), members.end(), holds));
    };
    const std::uint64_t wanted = count([](const auto& each) { return each.state.is_wanted(); });
    const std::uint64_t healthy = count([](const auto& each) {
        return each.state.is_wanted() && each.state.health != balancer::Health::down;
    });
    const bool is_panic = pool.is_panicking();
    core::Log line(is_panic ? core::Severity::warn : core::Severity::info,
                   is_panic ? "pool_panic" : "pool_panic_over");
    line.with("pool", pool.settings().name).with("healthy", healthy).with("of", wanted);
    if (!is_panic) return;
    line.with("effect", "new sessions go to all backends, health is ignored")
        .with("remedy", "repair the backends that `stanzagate backends` shows as down");
}

void log_drained(const DrainWatch::Drained& what) {
    core::Log(core::Severity::info, "backend_drained")
        .with("pool", what.pool)
        .with("backend", what.backend)
        .with("admin", to_string(what.admin));
}

bool has_healthy(const balancer::BackendPool& pool) {
    const auto& members = pool.members();
    return std::any_of(members.begin(), members.end(),
                       [](const auto& each) { return each.state.effective_weight(false) > 0; });
}

std::string words_without_healthy(const balancer::BackendPool& pool) {
    const auto& members = pool.members();
    const bool has_unhealthy = std::any_of(members.begin(), members.end(),
                                           [](const auto& each) { return each.state.is_wanted(); });
    return fmt::format("pool {} has no healthy backend left: {}", pool.settings().name,
                       has_unhealthy && pool.settings().panic > 0
                           ? "new logins try those that fail their checks"
                           : "new logins fail");
}

void log_last_taken(std::string_view pool, std::string_view backend, std::string_view effect) {
    core::Log(core::Severity::warn, "last_backend_taken")
        .with("pool", pool)
        .with("backend", backend)
        .with("effect", effect)
        .with("remedy", "give it a weight and `stanzagate ready`, or repair another one");
}

void log_sasl_differs(std::string_view pool, std::string_view backend, std::string_view detail) {
    core::Log(core::Severity::warn, "sasl_differs")
        .with("pool", pool)
        .with("backend", backend)
        .with("detail", detail)
        .with("remedy", "give it the authentication settings of the pool's other backends");
}

void log_user_refused(std::string_view pool, std::string_view backend, std::string_view domain,
                      std::string_view detail) {
    core::Log(core::Severity::warn, "user_refused")
        .with("pool", pool)
        .with("backend", backend)
        .with("domain", domain)
        .with("detail", detail)
        .with("effect", "clients that name their user in the stream header see what all others see")
        .with("remedy", fmt::format("find out why the server refuses a stream header with "
                                    "from='nobody@{}'",
                                    domain));
}

void log_not_shown(std::string_view pool, std::string_view domain, std::string_view why) {
    core::Log(core::Severity::warn, "routed_by_domain")
        .with("pool", pool)
        .with("domain", domain)
        .with("why", why)
        .with("effect", "the stream header chooses the backend, as with route = \"domain\"")
        .with("remedy", "give the pool's backends one software and version");
}

void log_binding_warning(std::string_view pool, std::string_view backend,
                         const BindingWarning& warning) {
    core::Log(core::Severity::warn, "bindings_cannot_hold")
        .with("pool", pool)
        .with("backend", backend)
        .with("detail", warning.detail)
        .with("effect", warning.effect)
        .with("remedy", warning.remedy);
}

void log_member_appeared(std::string_view pool, std::string_view backend) {
    core::Log(core::Severity::info, "backend_appeared").with("pool", pool).with("backend", backend);
}

void log_member_vanished(std::string_view pool, std::string_view backend, std::uint32_t sessions) {
    core::Log(core::Severity::info, "backend_vanished")
        .with("pool", pool)
        .with("backend", backend)
        .with("sessions", sessions);
}

void log_live_state_restored(const LiveMember& then, const LiveMember& now) {
    core::Log line(core::Severity::info, "live_state_restored");
    line.with("pool", now.pool)
        .with("backend", now.backend)
        .with("admin", to_string(now.admin))
        .with("weight", now.weight)
        .with("file_weight", now.file_weight);
    if (then.has_weight() && !now.has_weight())
        line.with("why",
                  fmt::format("the operator set weight {} over weight {} of the file, which has "
                              "changed since: that of the file counts",
                              then.weight, then.file_weight));
}

void log_live_state_dropped(const LiveMember& member) {
    core::Log(core::Severity::info, "live_state_dropped")
        .with("pool", member.pool)
        .with("backend", member.backend)
        .with("why", "there is no such backend any more");
}

void log_live_differs(const LiveMember& member) {
    core::Log line(core::Severity::info, "live_differs");
    line.with("pool", member.pool).with("backend", member.backend).with("what", live_words(member));
    line.with("effect",
              member.has_weight()
                  ? "what the operator set counts, a weight until the configured one changes"
                  : "what the operator set counts");
}

void log_members_refused(std::string_view pool) {
    core::Log(core::Severity::error, "members_refused")
        .with("pool", pool)
        .with("limit", balancer::kMaxBackends)
        .with("effect", "the pool keeps the members it had")
        .with("remedy", "let DNS name fewer backends, or change them less often");
}

void log_service_empty(std::string_view service) {
    core::Log(core::Severity::warn, "service_empty")
        .with("name", service)
        .with("effect", "it gives its pools no backend")
        .with("remedy", "check that `srv` is written right, and what DNS has under this name");
}

void log_dns_problem(std::string_view service, std::string_view problem) {
    core::Log(core::Severity::warn, "dns_problem")
        .with("name", service)
        .with("why", problem)
        .with("effect", "the last good answer still counts")
        .with("remedy", fmt::format("ask the name servers of [dns], else of /etc/resolv.conf, why: "
                                    "dig SRV {}",
                                    service));
}

void log_dns_recovered(std::string_view service) {
    core::Log(core::Severity::info, "dns_recovered").with("name", service);
}

}  // namespace proxy

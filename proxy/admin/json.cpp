#include "proxy/admin/json.h"

#include <fmt/format.h>

#include "proxy/admin/echo.h"
#include "proxy/admin/json_text.h"

namespace proxy {

namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

std::string utc(std::chrono::system_clock::time_point time) {
    return utc_text(std::chrono::system_clock::to_time_t(time));
}

std::string service(const ServiceStatus& status) {
    return JsonObject()
        .text("name", status.name)
        .number("records", status.records)
        .text_or_null("problem", status.problem)
        .done();
}

std::string backend(const BackendStatus& status, ViewTime now) {
    const auto age = state_age(status, now);
    JsonObject object;
    object.text("name", status.name)
        .text("address", status.address)
        .number("priority", status.priority)
        .text("admin_state", balancer::to_string(status.admin))
        .text("health", balancer::to_string(status.health))
        .text("state", state_words(status, now))
        .text_or_null("cause", status.cause)
        .text_or_null("failure", status.failure)
        .text_or_null("warning", status.warning)
        .number_or_null("state_seconds", age ? std::optional(age->count()) : std::nullopt)
        .number("weight", status.weight)
        .number("file_weight", status.file_weight)
        .number("ramp_percent", status.ramp)
        .number("sessions", status.sessions)
        .number_or_null("max_sessions", status.max_sessions != 0
                                            ? std::optional(status.max_sessions)
                                            : std::nullopt)
        .number("logins", status.logins)
        .number("logins_waiting", status.logins_waiting)
        .number("logins_told_to_come_back", status.logins_told_back)
        .number_or_null("check_ms", status.last_check.count() != 0
                                        ? std::optional(status.last_check.count())
                                        : std::nullopt);
    return object.done();
}

std::string pools_array(const std::vector<PoolStatus>& pools, ViewTime now) {
    std::vector<std::string> items;
    for (const PoolStatus& pool : pools) {
        std::vector<std::string> services;
        for (const ServiceStatus& status : pool.services) services.push_back(service(status));
        std::vector<std::string> backends;
        for (const BackendStatus& status : pool.backends) backends.push_back(backend(status, now));
        items.push_back(JsonObject()
                            .text("name", pool.name)
                            .text("balance", balance_words(pool.balance))
                            .flag("is_panicking", pool.is_panicking)
                            .number_or_null("login_rate", pool.login_rate != 0
                                                              ? std::optional(pool.login_rate)
                                                              : std::nullopt)
                            .number("slowed_sessions", pool.slowed_sessions)
                            .number("slowed_ms", pool.slowed_time.count())
                            .raw("known_offers", json_texts(pool.known_offers))
                            .raw("services", json_array(services))
                            .raw("backends", json_array(backends))
                            .done());
    }
    return json_array(items);
}

std::string session(const SessionFacts& facts) {
    return JsonObject()
        .text("id", facts.id)
        .text("client", facts.peer.to_string())
        .text("kind", facts.kind)
        .text("state", facts.state)
        .text_or_null("domain", facts.domain)
        .text_or_null("user", facts.user)
        .text_or_null("pool", facts.pool)
        .text_or_null("backend", facts.backend)
        .number("age_seconds", facts.age.count())
        .number("stanzas_in", facts.stanzas_in)
        .number("stanzas_out", facts.stanzas_out)
        .flag("is_resumable", facts.is_resumable)
        .done();
}

std::string certificate(const core::CertificateChange& change) {
    const std::string& what = change.problem.what;
    return JsonObject()
        .text("domain", change.domain)
        .text("change", to_string(change.kind))
        .text_or_null("valid_until", change.valid_until == 0 ? "" : utc_text(change.valid_until))
        .text_or_null("problem", what.empty() ? "" : change.problem.file.string() + ": " + what)
        .done();
}

std::string earlier_reload(const EarlierReload& earlier, ViewTime now) {
    return JsonObject()
        .text("when", utc(earlier.when))
        .number("seconds_ago", duration_cast<seconds>(now.wall - earlier.when).count())
        .text("cause", to_string(earlier.cause))
        .raw("changes", json_texts(earlier.changes))
        .text_or_null("refusal", earlier.why_refused)
        .done();
}

std::string counts_json(const auto& counts, const auto& kinds) {
    JsonObject object;
    for (std::size_t i = 0; i < kinds.size(); ++i) object.number(to_string(kinds[i]), counts[i]);
    return object.done();
}

std::string named_counts_json(const std::vector<NamedCount>& counts) {
    JsonObject object;
    for (const NamedCount& each : counts) object.number(each.name, each.count);
    return object.done();
}

std::string live_json(const ServerStatus& status) {
    std::vector<std::string> members;
    for (const LiveMember& member : live_members(status.pools))
        members.push_back(live_words(member));
    return JsonObject()
        .raw("differs", json_texts(members))
        .text_or_null("state_file", status.keeping.file)
        .text_or_null("problem", status.keeping.problem)
        .done();
}

std::string stanzas_json(const StanzaCounts& counts) {
    return JsonObject()
        .number("message", counts.messages)
        .number("presence", counts.presences)
        .number("iq", counts.iqs)
        .done();
}

/// What came from each side.
std::string work_json(const SessionTally& tally) {
    JsonObject stanzas;
    for (const Sender from : kSenders)
        stanzas.raw(to_string(from), stanzas_json(tally.stanzas[static_cast<std::size_t>(from)]));
    return JsonObject()
        .raw("received_bytes", counts_json(tally.bytes, kSenders))
        .raw("stanzas", stanzas.done())
        .raw("ends", counts_json(tally.ends, kEndReasons))
        .done();
}

std::string old_processes_json(const std::vector<OldProcess>& processes) {
    std::vector<std::string> all;
    for (const OldProcess& each : processes)
        all.push_back(JsonObject()
                          .number("pid", each.pid)
                          .text("version", each.version)
                          .number("sessions", each.sessions)
                          .number("resumable", each.resumable)
                          .done());
    return json_array(all);
}

}  // namespace

std::string status_json(const ServerStatus& status, ViewTime now) {
    std::vector<std::string> listeners;
    for (const ListenerStatus& listener : status.listeners) {
        listeners.push_back(
            JsonObject().text("address", listener.address).text("kind", listener.kind).done());
    }
    const auto since = [&](std::chrono::system_clock::time_point time) {
        return duration_cast<seconds>(now.wall - time).count();
    };
    return JsonObject()
               .text("version", status.version)
               .text("config_file", status.config_file)
               .text("started", utc(status.started))
               .number("uptime_seconds", since(status.started))
               .text("config_loaded", utc(status.config_loaded))
               .number("config_age_seconds", since(status.config_loaded))
               .text_or_null("reload_problem", status.last_reload_problem)
               .number("workers", status.workers)
               .number("sessions", status.sessions)
               .number("session_limit", status.session_limit)
               .number("failed_logins", status.failed_logins)
               .number("waiting", status.entrance.waiting)
               .number("shed", status.entrance.shed)
               .number("gave_up", status.entrance.gave_up)
               .raw("refused", named_counts_json(status.refused))
               .raw("routed", counts_json(status.routed, kRoutedBy))
               .raw("resumes", counts_json(status.resumes, kResumeResults))
               .raw("side_doors", counts_json(status.side_doors, kSideDoors))
               .raw("work", work_json(status.work.sessions))
               .raw("tls_connections", JsonObject()
                                           .number("compact", status.work.tls.open_compact)
                                           .number("openssl", status.work.tls.open_openssl)
                                           .done())
               .raw("hedges", JsonObject()
                                  .number("begun", status.hedges.begun)
                                  .number("won", status.hedges.won)
                                  .done())
               .raw("listeners", json_array(listeners))
               .raw("live", live_json(status))
               .raw("old_processes", old_processes_json(status.old_processes))
               .raw("pools", pools_array(status.pools, now))
               .done() +
           '\n';
}

std::string backends_json(const std::vector<PoolStatus>& pools, ViewTime now) {
    return JsonObject().raw("pools", pools_array(pools, now)).done() + '\n';
}

std::string sessions_json(std::string_view pseudonym, const std::vector<SessionFacts>& sessions,
                          std::uint64_t matching) {
    std::vector<std::string> items;
    items.reserve(sessions.size());
    for (const SessionFacts& facts : sessions) items.push_back(session(facts));
    return JsonObject()
               .number("matching", matching)
               .text_or_null("pseudonym", pseudonym)
               .raw("sessions", json_array(items))
               .done() +
           '\n';
}

std::string weight_json(const WeightCommand& command, const BeforeChange& before,
                        const LiveKeeping& keeping) {
    return JsonObject()
               .text("pool", command.member.pool)
               .text("backend", command.member.backend)
               .number("weight_before", before.weight)
               .number("weight", command.weight)
               .number("file_weight", before.file_weight)
               .flag("survives_restart", keeping.is_kept())
               .number("sessions", before.sessions)
               .text_or_null("warning", before.warning)
               .text_or_null("undo", undo_of(command, before))
               .done() +
           '\n';
}

std::string state_json(const StateCommand& command, const BeforeChange& before,
                       const LiveKeeping& keeping) {
    const bool evicts = command.state == balancer::AdminState::maintenance;
    return JsonObject()
               .text("pool", command.member.pool)
               .text("backend", command.member.backend)
               .text("admin_state_before", balancer::to_string(before.admin))
               .text("admin_state", balancer::to_string(command.state))
               .number_or_null("over_ms",
                               evicts ? std::optional(command.over.count()) : std::nullopt)
               .flag("survives_restart", keeping.is_kept())
               .number("sessions", before.sessions)
               .flag("resume_anywhere", before.resume_anywhere)
               .text_or_null("warning", before.warning)
               .text_or_null("undo", undo_of(command, before))
               .done() +
           '\n';
}

std::string kick_json(std::uint64_t ended) {
    return JsonObject().number("ended", ended).done() + '\n';
}

std::string reload_json(const ReloadResult& result, ViewTime now) {
    std::vector<std::string> certificates;
    for (const CertificateNews& each : result.certificates)
        certificates.push_back(certificate(each.change));
    std::vector<std::string> live;
    for (const LiveMember& each : result.live) live.push_back(live_words(each));
    std::vector<std::string> earlier;
    for (const EarlierReload& each : result.earlier) earlier.push_back(earlier_reload(each, now));
    return JsonObject()
               .flag("is_applied", result.is_applied)
               .raw("changes", json_texts(result.news()))
               .raw("needs_restart", json_texts(result.needs_restart))
               .raw("problems", json_texts(result.problems))
               .raw("live", json_texts(live))
               .raw("certificates", json_array(certificates))
               .raw("earlier", json_array(earlier))
               .done() +
           '\n';
}

std::string upgrade_json(const Upgraded& upgraded) {
    return JsonObject()
               .number("pid", upgraded.pid)
               .text("version", upgraded.version)
               .number("sessions", upgraded.sessions)
               .number("over_ms", upgraded.over.count())
               .done() +
           '\n';
}

std::string error_json(std::string_view what) {
    return JsonObject().text("error", what).done() + '\n';
}

}  // namespace proxy

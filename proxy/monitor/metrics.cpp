#include "proxy/monitor/metrics.h"

#include "proxy/monitor/metric_families.h"

namespace proxy {

namespace {

double seconds_of(std::chrono::system_clock::time_point time) {
    return std::chrono::duration<double>(time.time_since_epoch()).count();
}

double seconds_of(std::chrono::milliseconds span) {
    return std::chrono::duration<double>(span).count();
}

void add_process(MetricFamilies& all, const Monitored& what) {
    const ServerStatus& status = what.status;
    all.gauge("stanzagate_build_info", "The version that runs; always 1.")
        .value(1, {{"version", status.version}});
    all.gauge("stanzagate_workers", "Threads that carry sessions.").value(status.workers);
    all.gauge("stanzagate_stopping", "Whether the process is stopping.")
        .value(what.is_stopping ? 1 : 0);
    all.gauge("process_start_time_seconds", "When the process was started, since the epoch.")
        .value(seconds_of(status.started));
    all.counter("process_cpu_seconds_total", "Processor time, its own and the system's for it.")
        .value(what.process.cpu_seconds);
    all.gauge("process_resident_memory_bytes", "Resident memory.")
        .value(what.process.resident_bytes);
    all.gauge("process_virtual_memory_bytes", "Virtual memory.").value(what.process.virtual_bytes);
    all.gauge("process_open_fds", "Open descriptors.").value(what.process.open_descriptors);
    all.gauge("process_max_fds", "Descriptors that may be open.")
        .value(what.process.most_descriptors);
}

void add_old_processes(MetricFamilies& all, const std::vector<OldProcess>& processes) {
    std::uint64_t sessions = 0;
    for (const OldProcess& each : processes) sessions += each.sessions;
    all.gauge("stanzagate_old_processes", "Processes that were replaced and have sessions yet.")
        .value(processes.size());
    all.gauge("stanzagate_old_process_sessions", "Sessions of those.").value(sessions);
}

void add_configuration(MetricFamilies& all, const Monitored& what) {
    const ServerStatus& status = what.status;
    all.gauge("stanzagate_config_last_success_timestamp_seconds",
              "When the configuration in use was loaded, since the epoch.")
        .value(seconds_of(status.config_loaded));
    all.gauge("stanzagate_config_refused", "Whether the last reload was refused.")
        .value(status.last_reload_problem.empty() ? 0 : 1);
    all.gauge("stanzagate_config_drift", "Backends whose live settings differ from the file.")
        .value(live_members(status.pools).size());
    auto& certificates = all.gauge("stanzagate_tls_certificate_expiry_timestamp_seconds",
                                   "When the first certificate of the domain ends.");
    for (const CertificateExpiry& each : what.certificates)
        certificates.value(seconds_of(each.not_after), {{"domain", each.domain}});
}

void add_sessions(MetricFamilies& all, const Monitored& what) {
    const ServerStatus& status = what.status;
    all.gauge("stanzagate_sessions", "Sessions of the process, those before login among them.")
        .value(status.sessions);
    all.gauge("stanzagate_session_limit", "Sessions that the process may hold.")
        .value(status.session_limit);
    all.counter("stanzagate_failed_logins_total", "Logins that were refused.")
        .value(status.failed_logins);
    all.counter("stanzagate_refused_total", "Connections and logins that were refused.")
        .values(status.refused, "reason");
    all.counter("stanzagate_route_decisions_total", "What the backend was chosen by.")
        .values(status.routed, kRoutedBy, "by");
    all.counter("stanzagate_sm_resumes_total", "What became of sessions to be resumed.")
        .values(status.resumes, kResumeResults, "result");
    all.counter("stanzagate_side_doors_total", "Ways past the proxy that backends named.")
        .values(status.side_doors, kSideDoors, "kind");
    all.counter("stanzagate_hedges_total", "Logins that tried another backend beside a silent one.")
        .value(status.hedges.begun);
    all.counter("stanzagate_hedges_won_total", "Those that the other backend served.")
        .value(status.hedges.won);
    all.gauge("stanzagate_entrance_waiting", "Connections that wait to be let in.")
        .value(status.entrance.waiting);
    all.counter("stanzagate_shed_total", "Connections turned away for want of processor.")
        .value(status.entrance.shed);
    all.counter("stanzagate_gave_up_total", "Connections that left before they were let in.")
        .value(status.entrance.gave_up);
}

void add_work(MetricFamilies& all, const SessionTally& sessions) {
    all.counter("stanzagate_received_bytes_total", "XML that was received, inside of TLS.")
        .values(sessions.bytes, kSenders, "from");
    all.counter("stanzagate_sent_bytes_total", "XML that was passed on, inside of TLS.")
        .values(sessions.sent, kSenders, "to");
    auto& stanzas = all.counter("stanzagate_stanzas_total", "Stanzas that were passed on.");
    for (const Sender from : kSenders) {
        const StanzaCounts& counts = sessions.stanzas[static_cast<std::size_t>(from)];
        stanzas.value(counts.messages, {{"from", to_string(from)}, {"kind", "message"}})
            .value(counts.presences, {{"from", to_string(from)}, {"kind", "presence"}})
            .value(counts.iqs, {{"from", to_string(from)}, {"kind", "iq"}});
    }
    all.counter("stanzagate_session_ends_total", "Sessions that ended.")
        .values(sessions.ends, kEndReasons, "reason");
    all.histogram("stanzagate_login_seconds", "From a client's coming to the end of its login.")
        .times(sessions.logins);
    auto& errors = all.counter("stanzagate_stream_errors_total",
                               "Stream errors that clients were told, and who said so.");
    for (const ErrorFrom from : kErrorsFrom)
        for (const xmpp::StreamErrorCondition condition : xmpp::kStreamErrorConditions)
            errors.value(sessions.errors[static_cast<std::size_t>(from)]
                                        [static_cast<std::size_t>(condition)],
                         {{"from", to_string(from)}, {"condition", xmpp::to_string(condition)}});
}

void add_connections(MetricFamilies& all, const WorkTally& work) {
    auto& accepted =
        all.counter("stanzagate_listener_accepted_total", "Connections that were accepted.");
    for (const AcceptedCount& each : work.accepted)
        accepted.value(each.count, {{"listener", each.address}, {"kind", each.kind}});
    all.gauge("stanzagate_transport_sessions", "Sessions, by what clients come by.")
        .values(work.there, "transport");
    all.histogram("stanzagate_backend_connect_seconds",
                  "From a session's attempt to its open connection, TLS included.")
        .times(work.connects);
    all.counter("stanzagate_backend_connect_failures_total",
                "Backends that sessions passed over, before or after they were connected.")
        .values(work.failed_connects, "reason");
    all.counter("stanzagate_bosh_requests_total", "Requests of BOSH.").values(work.bosh, "result");
    all.counter("stanzagate_websocket_closes_total",
                "WebSockets that were closed in words, by the code.")
        .values(work.closes, "code");
}

void add_tls(MetricFamilies& all, const core::TlsTally& tls) {
    all.counter("stanzagate_tls_handshakes_total", "TLS handshakes of clients.")
        .value(tls.tls12_full, {{"version", "1.2"}, {"resumed", "no"}})
        .value(tls.tls12_resumed, {{"version", "1.2"}, {"resumed", "yes"}})
        .value(tls.tls13_full, {{"version", "1.3"}, {"resumed", "no"}})
        .value(tls.tls13_resumed, {{"version", "1.3"}, {"resumed", "yes"}});
    all.counter("stanzagate_tls_handshake_failures_total", "Those that failed.")
        .values(tls.failed, core::kTlsFailures, "reason");
    all.gauge("stanzagate_tls_connections", "Of clients that are secure, by who makes records.")
        .value(tls.open_compact, {{"record_layer", "compact"}})
        .value(tls.open_openssl, {{"record_layer", "openssl"}});
    all.histogram("stanzagate_tls_handshake_seconds",
                  "From the start of TLS to its end, of those that succeeded.")
        .times(tls.took);
}

void add_turns(MetricFamilies& all, const ServerStatus& status) {
    auto& lag =
        all.gauge("stanzagate_loop_lag_seconds",
                  "How long a worker's loop let wait what was ready, at worst in 15 seconds.");
    for (std::size_t i = 0; i < status.work.lag_seconds.size(); ++i)
        lag.value(status.work.lag_seconds[i], {{"worker", std::to_string(i)}});
    all.counter("stanzagate_log_dropped_total", "Lines that the log has lost.")
        .value(status.lost_log_lines);
    all.counter("stanzagate_config_reloads_total", "Reloads of the configuration.")
        .value(status.reloads, {{"result", "applied"}})
        .value(status.refused_reloads, {{"result", "refused"}});
}

/// `of` gives the number of a backend.
template <class Of>
void add_backends(MetricFamilies& family, const std::vector<PoolStatus>& pools, Of of) {
    for (const PoolStatus& pool : pools)
        for (const BackendStatus& backend : pool.backends)
            family.value(of(backend), {{"pool", pool.name}, {"backend", backend.name}});
}

void add_pools(MetricFamilies& all, const std::vector<PoolStatus>& pools) {
    auto& panic = all.gauge("stanzagate_pool_panicking",
                            "Whether so few backends are healthy that health is ignored.");
    for (const PoolStatus& pool : pools)
        panic.value(pool.is_panicking ? 1 : 0, {{"pool", pool.name}});
    auto& records = all.gauge("stanzagate_dns_records", "SRV records that an entry stands for.");
    for (const PoolStatus& pool : pools)
        for (const ServiceStatus& service : pool.services)
            records.value(service.records, {{"pool", pool.name}, {"name", service.name}});
    auto& stale = all.gauge("stanzagate_dns_answers_stale", "Whether the last question failed.");
    for (const PoolStatus& pool : pools)
        for (const ServiceStatus& service : pool.services)
            stale.value(service.problem.empty() ? 0 : 1,
                        {{"pool", pool.name}, {"name", service.name}});
    auto& slowed = all.counter("stanzagate_slowed_sessions_total",
                               "Sessions whose client sent more than [limits.rate] allows.");
    for (const PoolStatus& pool : pools) slowed.value(pool.slowed_sessions, {{"pool", pool.name}});
    auto& slow_time =
        all.counter("stanzagate_slowed_seconds_total", "How long they were not read, together.");
    for (const PoolStatus& pool : pools)
        slow_time.value(seconds_of(pool.slowed_time), {{"pool", pool.name}});
    auto& logins = all.counter("stanzagate_logins_total", "Logins that ended, by the pool.");
    for (const PoolStatus& pool : pools)
        for (const LoginResult result : kLoginResults)
            logins.value(pool.logins[static_cast<std::size_t>(result)],
                         {{"pool", pool.name}, {"result", to_string(result)}});
    auto& transitions = all.counter("stanzagate_backend_transitions_total",
                                    "Changes of the health of a pool's backends.");
    for (const PoolStatus& pool : pools)
        for (const auto to : balancer::kHealthStates)
            transitions.value(pool.transitions[static_cast<std::size_t>(to)],
                              {{"pool", pool.name}, {"to", to_string(to)}});
    using State = balancer::HealthMachine::State;
    add_backends(all.gauge("stanzagate_backend_up", "Whether its checks pass."), pools,
                 [](const auto& each) { return each.health == State::up ? 1 : 0; });
    add_backends(
        all.gauge("stanzagate_backend_ready", "0 in drain and maintenance."), pools,
        [](const auto& each) { return each.admin == balancer::AdminState::ready ? 1 : 0; });
    add_backends(all.gauge("stanzagate_backend_weight", "Its share of new sessions."), pools,
                 [](const auto& each) { return each.weight; });
    add_backends(all.gauge("stanzagate_backend_ramp_ratio", "Share of its weight in slow start."),
                 pools, [](const auto& each) { return each.ramp / double{balancer::kFullRamp}; });
    add_backends(all.gauge("stanzagate_backend_sessions", "Its sessions."), pools,
                 [](const auto& each) { return each.sessions; });
    add_backends(all.counter("stanzagate_backend_logins_total", "Logins that got through there."),
                 pools, [](const auto& each) { return each.logins; });
    add_backends(all.gauge("stanzagate_backend_logins_waiting", "Logins that wait for their turn."),
                 pools, [](const auto& each) { return each.logins_waiting; });
    add_backends(all.counter("stanzagate_backend_logins_told_back_total",
                             "Logins that were told to come back, because of login_rate."),
                 pools, [](const auto& each) { return each.logins_told_back; });
    add_backends(
        all.gauge("stanzagate_backend_check_seconds", "How long the last passed check took."),
        pools, [](const auto& each) { return seconds_of(each.last_check); });
}

}  // namespace

std::string metrics_text(const Monitored& what) {
    MetricFamilies all;
    add_process(all, what);
    add_old_processes(all, what.status.old_processes);
    add_configuration(all, what);
    add_sessions(all, what);
    add_work(all, what.status.work.sessions);
    add_connections(all, what.status.work);
    add_tls(all, what.status.work.tls);
    add_turns(all, what.status);
    add_pools(all, what.status.pools);
    return all.text();
}

}  // namespace proxy

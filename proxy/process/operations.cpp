#include "proxy/process/operations.h"

#include "conf/difference.h"
#include "conf/words.h"
#include "core/event_loop.h"
#include "core/log.h"
#include "proxy/process/certificates_in_use.h"
#include "proxy/process/explain.h"

namespace proxy {

namespace {

template <class Counts, class Kinds>
std::vector<NamedCount> named(const Counts& counts, const Kinds& kinds) {
    std::vector<NamedCount> all;
    for (std::size_t i = 0; i < kinds.size(); ++i) all.push_back({to_string(kinds[i]), counts[i]});
    return all;
}

WorkTally tally_of(Workers& workers, const AllWorkerCounts& counts) {
    WorkTally tally;
    ConnectTally connects;
    WebTally web;
    for (const std::string_view transport : kTransports) tally.there.push_back({transport, 0});
    for (const auto& [listener, count] : counts.accepted().tally())
        tally.accepted.push_back(
            {listener.first, conf::word_of<conf::ListenKind>(conf::kListenKinds, listener.second),
             count});
    for (unsigned i = 0; i < counts.size(); ++i) {
        const WorkerCounts& each = counts.of(i);
        each.sessions.add_to(tally.sessions);
        each.connects.add_to(connects);
        each.web.add_to(web);
        for (std::size_t by = 0; by < each.there.size(); ++by)
            tally.there[by].count += each.there[by].value();
        tally.lag_seconds.push_back(static_cast<double>(each.lag.value()) / 1e6);
    }
    tally.connects = connects.opened;
    tally.failed_connects = named(connects.failed, kLinkFailures);
    tally.bosh = named(web.bosh, kBoshResults);
    tally.closes = named(web.closes, kCloseCodes);
    for (unsigned i = 0; i < workers.size(); ++i) workers.tls_counts(i).add_to(tally.tls);
    return tally;
}

}  // namespace

ServerStatus AdminOperations::status() const {
    const Configurations& configs = process_.configs;
    ServerStatus status{
        .version = STANZAGATE_VERSION,
        .config_file = configs.in_use->file.string(),
        .started = configs.started,
        .config_loaded = configs.loaded,
        .last_reload_problem = configs.why_refused,
        .workers = process_.workers.size(),
        .sessions = process_.shared.sessions->count(),
        .session_limit = process_.shared.sessions->limit(),
        .failed_logins = process_.shared.sessions->failed_logins(),
        .refused = named(process_.shared.refusals->counts(), kRefused),
        .entrance = process_.shared.sessions->entrance(),
        .routed = process_.shared.sessions->routed(),
        .resumes = process_.shared.resumption.counts->results(),
        .side_doors = process_.shared.resumption.counts->doors(),
        .hedges = {.begun = process_.shared.hedges->begun(), .won = process_.shared.hedges->won()},
        .listeners = {},
        .pools = process_.pools.status(),
        .keeping = process_.live.keeping(),
        .old_processes = process_.old_processes(),
        .work = tally_of(process_.workers, *process_.shared.counts),
        .reloads = configs.reloads,
        .refused_reloads = configs.refused_reloads,
        .lost_log_lines = core::dropped_log_lines()};
    for (PoolStatus& pool : status.pools) {
        const Slowed slowed = process_.shared.slowed->of_pool(pool.name);
        pool.slowed_sessions = slowed.sessions;
        pool.slowed_time = slowed.time;
        pool.logins = process_.shared.logins->of_pool(pool.name);
    }
    for (const conf::Listen& listen : configs.in_use->listen) {
        status.listeners.push_back({.address = listen.address.to_string(),
                                    .kind = std::string(conf::word_of<conf::ListenKind>(
                                        conf::kListenKinds, listen.kind))});
    }
    return status;
}

AdminTarget::Changed AdminOperations::set_weight(std::string_view pool, std::string_view backend,
                                                 std::uint64_t weight) {
    auto changed = process_.pools.set_weight(pool, backend, weight);
    if (changed) process_.live.save(process_.pools.live());
    return changed;
}

AdminTarget::Changed AdminOperations::set_admin_state(std::string_view pool,
                                                      std::string_view backend,
                                                      balancer::AdminState state,
                                                      std::chrono::milliseconds evict_over) {
    auto changed = process_.pools.set_admin_state(pool, backend, state);
    if (!changed) return changed;
    process_.live.save(process_.pools.live());
    if (state == balancer::AdminState::maintenance) {
        process_.workers.evict(changed->id, evict_over, changed->resume_anywhere);
    } else {
        process_.workers.end_eviction(changed->id);
    }
    return changed;
}

Drift AdminOperations::drift() const {
    const Configurations& configs = process_.configs;
    Drift drift{
        .file = configs.in_use->file.string(),
        .live = live_members(process_.pools.status()),
        .keeping = process_.live.keeping(),
        .needs_restart = conf::difference(*configs.started_with, *configs.in_use).needs_restart,
        .why_refused = configs.why_refused,
        .refused = {},
        .certificates = certificates().unusable};
    if (configs.refused)
        drift.refused = conf::difference(*configs.in_use, *configs.refused).changes;
    return drift;
}

ShownCertificates AdminOperations::certificates() const {
    return certificates_in_use(*process_.configs.in_use, *process_.certificates,
                               std::chrono::system_clock::now());
}

Explanation AdminOperations::explain(std::string_view user,
                                     const std::optional<core::Endpoint>& client) const {
    return proxy::explain(user, client, process_.pools.routing(), *process_.shared.loads,
                          *process_.shared.remembered_users, core::Clock::now());
}

void AdminOperations::find_sessions(const SessionFilter& filter, std::size_t most,
                                    OnSessions on_found) {
    process_.workers.find_sessions(filter, most,
                                   [on_found = std::move(on_found)](FoundSessions found) {
                                       on_found(std::move(found.sessions), found.matching);
                                   });
}

void AdminOperations::kick(const SessionFilter& filter,
                           std::function<void(std::uint64_t)> on_done) {
    process_.workers.kick(filter, std::move(on_done));
}

void AdminOperations::reload(OnReloaded on_done) {
    process_.reload(std::move(on_done));
}

}  // namespace proxy

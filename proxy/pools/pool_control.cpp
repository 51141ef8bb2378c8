// Joins what DNS, checks, sessions and operators say: each ends in replace() and publish().

#include "proxy/pools/pool_control.h"

#include <algorithm>
#include <cassert>
#include <exception>
#include <random>
#include <utility>

#include "conf/near_name.h"
#include "core/log.h"
#include "proxy/pools/name_servers.h"
#include "proxy/pools/pool_log.h"

namespace proxy {
namespace {

/// After a start, features of many domains are learnt one after another; they are published
/// together.
constexpr std::chrono::milliseconds kProfilesGather{20};

std::set<std::string> services_of(const conf::Pool& pool) {
    std::set<std::string> names;
    for (const conf::Backend& entry : pool.backends)
        if (!entry.srv.empty()) names.insert(entry.srv);
    return names;
}

std::set<std::string> services_of(const conf::Config& config) {
    std::set<std::string> names;
    for (const conf::Pool& pool : config.pools) names.merge(services_of(pool));
    return names;
}

std::string address_of(const conf::Backend& backend) {
    const bool is_ipv6 = backend.host.find(':') != std::string::npos;
    return (is_ipv6 ? "[" + backend.host + "]" : backend.host) + ":" + std::to_string(backend.port);
}

const balancer::Member* find_member(const balancer::BackendPool& pool, std::string_view backend) {
    const auto& members = pool.members();
    const auto found = std::find_if(members.begin(), members.end(), [&](const auto& each) {
        return each.backend->name == backend;
    });
    return found == members.end() ? nullptr : &*found;
}

/// The same of a member that is there.
const balancer::Member& member_named(const balancer::BackendPool& pool, std::string_view backend) {
    const balancer::Member* member = find_member(pool, backend);
    assert(member != nullptr);
    return *member;
}

}  // namespace

PoolControl::PoolControl(core::EventLoop& loop, balancer::LoadBoard& loads, Publish publish,
                         StartProbe start_probe, dns::Now dns_now)
    : loop_(loop),
      loads_(loads),
      publish_(std::move(publish)),
      start_probe_(std::move(start_probe)),
      dns_now_(std::move(dns_now)),
      routing_{.table = std::make_shared<const balancer::RoutingTable>(),
               .profiles = std::make_shared<const FeaturesProfiles>(),
               .own = std::make_shared<const OwnAddresses>(),
               .addresses = std::make_shared<dns::KnownAddresses>()},
      services_(loop, [this](const std::string& service) { on_service(service); }),
      health_(
          loop,
          [this](ProbeRequest request, std::function<void(const ProbeResult&)> on_done) {
              return start_probe_(*environment_, std::move(request), std::move(on_done));
          },
          {.on_transition =
               [this](const HealthChange& change) {
                   log_backend_state(change, loads_.sessions(change.id));
               },
           .on_news = [this](const std::set<std::string>& pools) { on_health(pools); }},
          std::random_device{}()),
      drains_(loop, loads, log_drained),
      profiles_clock_(loop, [this] {
          renew_profiles();
          this->publish();
      }) {}

core::Result<PoolControl::Plan, std::string> PoolControl::plan(
    std::shared_ptr<const conf::Config> config,
    std::shared_ptr<const core::CertificateStore> certificates) {
    Plan plan;
    plan.certificates = std::move(certificates);
    auto tls = BackendTls::create(*config);
    if (!tls) {
        const core::TlsProblem& problem = tls.error();
        return core::fail(problem.file.empty() ? problem.what
                                               : problem.file.string() + ": " + problem.what);
    }
    plan.tls = std::move(tls).value();
    // Without these, a trial ends as any check does that cannot begin TLS.
    (void)plan.tls->prepare_for_trials();
    if (!config_ || config_->dns != config->dns) {
        try {
            plan.resolvers = std::make_unique<Resolvers>(loop_, name_servers(*config), dns_now_,
                                                         routing_.addresses);
        } catch (const std::exception& problem) {
            return core::fail(std::string(problem.what()));
        }
    }
    ids_.tidy(routing_.table->backend_ids(), loads_, core::Clock::now());
    auto table =
        balancer::make_routing_table(*config, ids_, services_.known(), routing_.table.get());
    if (!table) return core::fail(table.error());
    plan.table = std::move(table).value();
    plan.config = std::move(config);
    return plan;
}

void PoolControl::adopt(Plan plan) {
    health_.give_up_checks();
    if (plan.resolvers) {
        services_.end_discoveries();
        resolvers_ = std::move(plan.resolvers);
    }
    config_ = std::move(plan.config);
    certificates_ = std::move(plan.certificates);
    tls_ = std::move(plan.tls);
    std::vector<core::Endpoint> listeners;
    for (const conf::Listen& listen : config_->listen) listeners.push_back(listen.address);
    routing_.own = std::make_shared<const OwnAddresses>(OwnAddresses::of(std::move(listeners)));
    environment_.emplace(
        ProbeEnvironment{loop_, resolvers_->addresses, *tls_, *routing_.own, certificates_.get()});

    // What has changed between plan and now is kept, too.
    const auto before = std::exchange(routing_.table, std::move(plan.table));
    for (const Pool& pool : std::vector<Pool>(routing_.table->pools)) {
        if (const auto known = before->find_pool(pool->settings().name))
            replace(balancer::keep_states(*pool, *before->pools[*known]));
    }
    services_.watch(resolvers_->services, services_of(*config_));
    for (const conf::Pool& settings : config_->pools) renew_members(settings);
    ids_.tidy(routing_.table->backend_ids(), loads_, core::Clock::now());
    health_.watch(*config_, *routing_.table);
    apply_restored();
    for (const conf::Pool& settings : config_->pools) take_health(settings.name);
    renew_profiles();
    publish();
}

void PoolControl::when_discovered(std::chrono::milliseconds patience,
                                  std::function<void()> on_ready) {
    services_.when_answered(patience, std::move(on_ready));
}

core::Result<BeforeChange, std::string> PoolControl::set_weight(std::string_view pool,
                                                                std::string_view backend,
                                                                std::uint64_t weight) {
    auto found = find_pool(pool);
    if (!found) return core::fail(found.error());
    return change(*found, backend, balancer::with_weight(**found, backend, weight), {});
}

core::Result<BeforeChange, std::string> PoolControl::set_admin_state(std::string_view pool,
                                                                     std::string_view backend,
                                                                     balancer::AdminState state) {
    auto found = find_pool(pool);
    if (!found) return core::fail(found.error());
    return change(*found, backend, balancer::with_admin_state(**found, backend, state),
                  std::string(to_string(state)) + " by the operator");
}

core::Result<BeforeChange, std::string> PoolControl::change(Pool pool, std::string_view backend,
                                                            const balancer::Changed& changed,
                                                            const std::string& cause) {
    if (!changed) return core::fail(changed.error());
    const balancer::Member& then = member_named(*pool, backend);
    const balancer::Member& now = member_named(**changed, backend);
    BeforeChange before{.weight = then.state.weight,
                        .admin = then.state.admin,
                        .sessions = loads_.sessions(then.id),
                        .id = then.id,
                        .file_weight = then.backend->weight,
                        .warning = {},
                        .resume_anywhere = pool->settings().resume_anywhere};
    if (then.state == now.state) return before;
    if (then.state.admin != now.state.admin) health_.note_cause(then.id, cause);
    const std::string& name = pool->settings().name;
    log_backend_changed(**changed, now, before.sessions);
    if (has_healthy(*pool) && !has_healthy(**changed)) {
        before.warning = words_without_healthy(**changed);
        log_last_taken(name, backend, before.warning);
    }
    drains_.note(now.id, {name, std::string(backend), now.state.admin});
    replace(*changed);
    health_.note_states(**changed);
    if (health_.profiles_version() != profiles_version_) renew_profiles();
    publish();
    return before;
}

void PoolControl::on_passive(const std::vector<PassiveReport>& reports) {
    health_.on_passive(reports);
}

void PoolControl::tell_news(core::TimePoint now) {
    for (const LoginNews::Line& line : login_news_.due(*routing_.table, loads_.login_lines(), now))
        log_told_back(line);
}

std::vector<PoolStatus> PoolControl::status() const {
    std::vector<PoolStatus> all;
    for (const Pool& pool : routing_.table->pools) all.push_back(status_of(*pool));
    return all;
}

PoolStatus PoolControl::status_of(const balancer::BackendPool& pool) const {
    PoolStatus status{.name = pool.settings().name,
                      .balance = pool.settings().balance,
                      .is_panicking = pool.is_panicking(),
                      .login_rate = pool.settings().login_rate,
                      .known_offers = routing_.profiles
                                          ? routing_.profiles->domains_of(pool.settings().name)
                                          : std::vector<std::string>(),
                      .transitions = health_.transitions_of(pool.settings().name),
                      .services = {},
                      .backends = {}};
    for (const std::string& service : services_of(settings_of(status.name))) {
        const auto known = services_.known().find(service);
        const std::size_t records =
            known == services_.known().end() ? 0 : known->second.records.size();
        status.services.push_back({service, records, services_.problem_of(service)});
    }
    const auto& configured = settings_of(status.name).backends;
    for (const balancer::Member& member : pool.members()) {
        const bool is_from_dns =
            std::none_of(configured.begin(), configured.end(), [&](const conf::Backend& each) {
                return each.srv.empty() && each.name == member.backend->name;
            });
        const BackendHealth health = health_.health_of(member.id);
        const auto lines = loads_.login_lines().counts(member.id);
        status.backends.push_back({.name = member.backend->name,
                                   .address = address_of(*member.backend),
                                   .priority = member.priority,
                                   .admin = member.state.admin,
                                   .health = health.state,
                                   .weight = member.state.weight,
                                   .file_weight = member.backend->weight,
                                   .is_from_dns = is_from_dns,
                                   .ramp = member.state.ramp,
                                   .sessions = loads_.sessions(member.id),
                                   .max_sessions = member.max_sessions,
                                   .logins = loads_.logins(member.id),
                                   .logins_waiting = lines.waiting,
                                   .logins_told_back = lines.told_back,
                                   .last_check = health.last_check,
                                   .since = health.since,
                                   .cause = health.cause,
                                   .failure = health.failure,
                                   .warning = health.warning});
    }
    return status;
}

const conf::Pool& PoolControl::settings_of(const std::string& pool) const {
    const auto found = std::find_if(config_->pools.begin(), config_->pools.end(),
                                    [&](const conf::Pool& each) { return each.name == pool; });
    assert(found != config_->pools.end());
    return *found;
}

const PoolControl::Pool& PoolControl::pool_named(std::string_view name) const {
    const auto place = routing_.table->find_pool(name);
    assert(place);
    return routing_.table->pools[*place];
}

core::Result<PoolControl::Pool, std::string> PoolControl::find_pool(std::string_view name) const {
    std::vector<std::string_view> names;
    for (const Pool& pool : routing_.table->pools) {
        if (pool->settings().name == name) return pool;
        names.emplace_back(pool->settings().name);
    }
    const std::string hint = conf::did_you_mean(name, names);
    return core::fail("there is no pool \"" + std::string(name) + "\"" +
                      (hint.empty() ? "" : " (" + hint + ")"));
}

/// The pool with the members that DNS names now; whether they are others than before.
bool PoolControl::renew_members(const conf::Pool& settings) {
    const Pool before = pool_named(settings.name);
    const conf::Pool whole = balancer::with_services(settings, services_.known());
    if (whole == before->settings()) return false;
    const Pool fresh = balancer::BackendPool::make(whole, ids_);
    if (fresh == nullptr) {
        log_members_refused(settings.name);
        return false;
    }
    const Pool after = balancer::keep_states(*fresh, *before);
    tell_members(*before, *after);
    replace(after);
    return true;
}

void PoolControl::tell_members(const balancer::BackendPool& before,
                               const balancer::BackendPool& after) {
    const std::string& pool = after.settings().name;
    for (const balancer::Member& member : after.members())
        if (find_member(before, member.backend->name) == nullptr)
            log_member_appeared(pool, member.backend->name);
    for (const balancer::Member& member : before.members())
        if (find_member(after, member.backend->name) == nullptr)
            log_member_vanished(pool, member.backend->name, loads_.sessions(member.id));
}

void PoolControl::on_service(const std::string& service) {
    ids_.tidy(routing_.table->backend_ids(), loads_, core::Clock::now());
    bool is_changed = false;
    for (const conf::Pool& settings : config_->pools)
        if (services_of(settings).contains(service)) is_changed |= renew_members(settings);
    if (!is_changed) return;
    ids_.tidy(routing_.table->backend_ids(), loads_, core::Clock::now());
    health_.watch(*config_, *routing_.table);
    apply_restored();
    renew_profiles();
    publish();
}

void PoolControl::on_health(const std::set<std::string>& pools) {
    bool is_changed = false;
    for (const std::string& pool : pools) is_changed |= take_health(pool);
    if (is_changed) publish();
    if (health_.profiles_version() != profiles_version_ && !profiles_clock_.is_running())
        profiles_clock_.start(kProfilesGather);
}

std::vector<LiveMember> PoolControl::live() const {
    std::vector<LiveMember> members = live_members(status());
    members.insert(members.end(), restored_.begin(), restored_.end());
    return members;
}

void PoolControl::apply_restored() {
    std::erase_if(restored_, [this](const LiveMember& member) { return is_applied(member); });
}

/// Whether nothing is left to be done about it.
bool PoolControl::is_applied(const LiveMember& member) {
    const auto place = routing_.table->find_pool(member.pool);
    const Pool pool = place ? routing_.table->pools[*place] : nullptr;
    const balancer::Member* now = pool ? find_member(*pool, member.backend) : nullptr;
    if (now == nullptr) {
        const std::set<std::string> services =
            pool ? services_of(settings_of(member.pool)) : std::set<std::string>();
        const bool is_awaited =
            std::any_of(services.begin(), services.end(),
                        [&](const auto& each) { return !services_.known().contains(each); });
        if (!is_awaited) log_live_state_dropped(member);
        return !is_awaited;
    }
    LiveMember left = member;
    left.file_weight = now->backend->weight;
    // The rule of a running process: a weight of the configuration that is new counts.
    if (!member.has_weight() || member.file_weight != left.file_weight)
        left.weight = left.file_weight;
    log_live_state_restored(member, left);
    const auto weighted = balancer::with_weight(*pool, member.backend, left.weight);
    if (!weighted) return true;
    const auto changed = balancer::with_admin_state(**weighted, member.backend, left.admin);
    if (!changed) return true;
    if (left.admin != balancer::AdminState::ready)
        health_.note_cause(
            now->id, std::string(to_string(left.admin)) + " by the operator, before a restart");
    replace(*changed);
    health_.note_states(**changed);
    return true;
}

/// Brings the pool's snapshot up to what the machines say; whether that is something new.
bool PoolControl::take_health(const std::string& pool) {
    const Pool before = pool_named(pool);
    const Pool after = balancer::with_health(*before, health_.reports(*before));
    if (after->states() == before->states()) return false;
    replace(after);
    return true;
}

void PoolControl::renew_profiles() {
    profiles_clock_.cancel();
    profiles_version_ = health_.profiles_version();
    routing_.profiles = std::make_shared<const FeaturesProfiles>(health_.profiles());
}

/// Puts the snapshot into the table in place of that of its name.
void PoolControl::replace(Pool pool) {
    const Pool before = pool_named(pool->settings().name);
    if (before->is_panicking() != pool->is_panicking()) log_panic(*pool);
    routing_.table = balancer::with_pool(*routing_.table, std::move(pool));
}

}  // namespace proxy

// Whom to check, when, and what is known of it; what a check teaches is health_lessons.cpp.

#include "proxy/pools/health_watch.h"

#include <algorithm>
#include <utility>

#include "proxy/offers/held_bindings.h"
#include "proxy/pools/clock_step.h"
#include "proxy/pools/pool_log.h"
#include "xmpp/jid.h"

namespace proxy {

using balancer::HealthMachine;
using balancer::HealthReason;

namespace {

std::vector<Voter> voters_of(const balancer::BackendPool& pool) {
    std::vector<Voter> voters;
    for (const balancer::Member& member : pool.members())
        voters.push_back({member.id, member.state.is_wanted()});
    return voters;
}

}  // namespace

HealthWatch::HealthWatch(core::EventLoop& loop, StartCheck start_check, Events events,
                         std::uint64_t seed)
    : loop_(loop),
      start_check_(std::move(start_check)),
      advice_(start_check_,
              [this](Id id, std::string_view setting) {
                  const Watched& watched = watched_.at(id);
                  log_other_settings(watched.pool, watched.backend.name, setting);
              }),
      events_(std::move(events)),
      seeds_(seed),
      clock_(loop_, [this] { on_time(); }) {}

void HealthWatch::watch(const conf::Config& config, const balancer::RoutingTable& table) {
    const core::TimePoint now = core::Clock::now();
    max_bytes_ = config.limits.stanza;
    std::set<Id> members;
    std::set<std::string> names;
    for (const auto& pool : table.pools) {
        const auto settings = std::find_if(
            config.pools.begin(), config.pools.end(),
            [&](const conf::Pool& each) { return each.name == pool->settings().name; });
        names.insert(settings->name);
        set_up_pool(config, *settings, *pool);
        for (std::size_t place = 0; place < pool->members().size(); ++place) {
            members.insert(pool->members()[place].id);
            set_up_member(*settings, pool->members()[place], place, now);
        }
        pools_[settings->name].health = settings->health;
    }
    keep_only(members, names);
    set_clock();
}

void HealthWatch::keep_only(const std::set<Id>& members, const std::set<std::string>& pools) {
    std::erase_if(watched_, [&](const auto& each) {
        const auto& [id, watched] = each;
        if (members.contains(id)) return false;
        if (watched.check) pools_[watched.pool].asked.erase(watched.target.domain);
        advice_.forget(id);
        pools_[watched.pool].strangers.forget(id);
        return true;
    });
    std::erase_if(pools_, [&](const auto& each) { return !pools.contains(each.first); });
}

void HealthWatch::set_up_pool(const conf::Config& config, const conf::Pool& settings,
                              const balancer::BackendPool& members) {
    Pool& pool = pools_[settings.name];
    pool.targets = check_targets(config, settings.name);
    pool.route = settings.route;
    pool.connect_timeout = settings.connect_timeout;
    pool.answer_timeout = settings.answer_timeout;
    pool.bindings = xmpp::HeldBindings::all;
    for (const balancer::Member& member : members.members())
        pool.bindings = std::min(pool.bindings, held_bindings(member.backend->channel_binding));
    pool.offers.set_domains(pool.targets.domains);
    if (pool.account != settings.health.account) pool.strangers.forget_marks();
    pool.account = settings.health.account;
    pool.offers.set_voters(voters_of(members));
}

void HealthWatch::set_up_member(const conf::Pool& settings, const balancer::Member& member,
                                std::size_t place, core::TimePoint now) {
    const auto [entry, is_new] =
        watched_.try_emplace(member.id, settings.health, seeds_.next(), now);
    Watched& watched = entry->second;
    watched.pool = settings.name;
    watched.backend = *member.backend;
    // Members begin at different domains, so that all are soon known.
    if (is_new) watched.turn = place;
    Pool& pool = pools_[settings.name];
    std::vector<std::string> subjects;
    for (const std::string& domain : pool.targets.domains)
        for (const HeaderForm form : {HeaderForm::anonymous, HeaderForm::user})
            subjects.push_back(words_for(form, domain));
    watched.bindings.keep_only(subjects);
    if (is_new || pool.health == settings.health) return;
    tell(member.id, watched, watched.machine.set_settings(settings.health, now), {});
}

void HealthWatch::give_up_checks() {
    for (auto& [id, watched] : watched_) watched.check.reset();
    for (auto& [name, pool] : pools_) pool.asked.clear();
    advice_.give_up_trials();
}

void HealthWatch::on_passive(const std::vector<PassiveReport>& reports) {
    const core::TimePoint now = core::Clock::now();
    std::set<std::string> pools;
    for (const PassiveReport& report : reports) {
        const auto at = watched_.find(report.backend);
        if (at == watched_.end()) continue;
        Watched& watched = at->second;
        if (report.is_new_row) watched.machine.on_passive_success();
        if (report.failures > 0) {
            tell(report.backend, watched,
                 watched.machine.on_passive_failure(report.why, report.failures, now),
                 "sessions failed there in a row");
            pools.insert(watched.pool);
        }
        if (report.succeeded) watched.machine.on_passive_success();
    }
    if (!pools.empty()) events_.on_news(pools);
    set_clock();
}

void HealthWatch::note_states(const balancer::BackendPool& pool) {
    const auto at = pools_.find(pool.settings().name);
    if (at != pools_.end()) at->second.offers.set_voters(voters_of(pool));
}

void HealthWatch::note_cause(Id id, std::string cause) {
    const auto at = watched_.find(id);
    if (at == watched_.end()) return;
    at->second.since = core::Clock::now();
    at->second.cause = std::move(cause);
}

std::vector<balancer::HealthReport> HealthWatch::reports(const balancer::BackendPool& pool) const {
    const core::TimePoint now = core::Clock::now();
    std::vector<balancer::HealthReport> all;
    for (const balancer::Member& member : pool.members()) {
        const auto at = watched_.find(member.id);
        if (at == watched_.end()) continue;
        const HealthMachine& machine = at->second.machine;
        all.push_back({member.id, machine.health(), machine.ramp(now)});
    }
    return all;
}

FeaturesProfiles::ByDomain HealthWatch::profiles() const {
    FeaturesProfiles::ByDomain all;
    for (const auto& [name, pool] : pools_) {
        for (const std::string& domain : pool.targets.domains) {
            if (auto profile = pool.offers.shown(domain)) all[domain] = {name, std::move(profile)};
        }
    }
    return all;
}

std::uint64_t HealthWatch::profiles_version() const {
    std::uint64_t sum = 0;
    for (const auto& [name, pool] : pools_) sum += pool.offers.changes();
    return sum;
}

TransitionCounts HealthWatch::transitions_of(const std::string& pool) const {
    const auto found = pools_.find(pool);
    return found == pools_.end() ? TransitionCounts{} : found->second.transitions;
}

BackendHealth HealthWatch::health_of(Id id) const {
    const auto at = watched_.find(id);
    if (at == watched_.end()) return {};
    const Watched& watched = at->second;
    std::string failure = watched.failure;
    const std::string_view answers_with = advice_.finding(id);
    if (!failure.empty() && !answers_with.empty())
        failure.append("; it answers with ").append(answers_with);
    std::string warning = watched.bindings.any();
    if (const std::string& strangers = pools_.at(watched.pool).strangers_told; !strangers.empty())
        warning.append(warning.empty() ? "" : "; ").append("strangers in one pool: " + strangers);
    return {watched.machine.state(), watched.last_check, watched.since,
            watched.cause,           std::move(failure), std::move(warning)};
}

void HealthWatch::start_check(Id id, CheckTarget target) {
    Watched& watched = watched_.at(id);
    Pool& pool = pools_.at(watched.pool);
    watched.target = std::move(target);
    const bool wants_features = watched.target.wants_features;
    if (wants_features) pool.asked.insert(watched.target.domain);
    // So that nothing waits for the turn of the other form.
    watched.asks_both =
        wants_features && pool.offers.needs_both(id, watched.target.domain, watched.target.form);
    watched.check = start_check_(request_for(id, watched, pool),
                                 [this, id](const ProbeResult& result) { take(id, result); });
}

std::string HealthWatch::account_for(Id id, const Watched& watched, const Pool& pool) {
    const auto jid = xmpp::Jid::parse(pool.account);
    if (!jid || !watched.target.wants_features || !pool.strangers.wants_mark(id)) return {};
    const auto domain = xmpp::prepared_domain(jid->domainpart());
    return domain == watched.target.domain ? std::string(jid->localpart()) : std::string();
}

ProbeRequest HealthWatch::request_for(Id id, const Watched& watched, const Pool& pool) const {
    return {.backend = watched.backend,
            .domain = watched.target.domain,
            .wants_features = watched.target.wants_features,
            .form = watched.target.form,
            .asks_both = watched.asks_both,
            .timeout = pool.health.timeout,
            .connect_timeout = pool.connect_timeout,
            .answer_timeout = pool.answer_timeout,
            .max_bytes = max_bytes_,
            .bindings = pool.bindings,
            .account = account_for(id, watched, pool)};
}

void HealthWatch::on_time() {
    const core::TimePoint now = core::Clock::now();
    std::set<std::string> pools;
    for (auto& [id, watched] : watched_) {
        const Transition change = watched.machine.tick(now);
        tell(id, watched, change, {});
        const std::uint32_t ramp = watched.machine.ramp(now);
        if (change || ramp != watched.ramp) pools.insert(watched.pool);
        watched.ramp = ramp;
        if (!watched.check && watched.machine.next_check() <= now)
            start_check(id, pools_.at(watched.pool).targets.at(watched.turn++, watched.backend));
    }
    if (!pools.empty()) events_.on_news(pools);
    set_clock();
}

/// To the earliest time at which any backend has to be checked or changes by time alone.
void HealthWatch::set_clock() {
    const core::TimePoint now = core::Clock::now();
    core::TimePoint earliest = core::TimePoint::max();
    for (const auto& [id, watched] : watched_) {
        earliest = std::min(earliest, watched.machine.next_change(now));
        if (!watched.check) earliest = std::min(earliest, watched.machine.next_check());
    }
    if (earliest == core::TimePoint::max()) {
        clock_.cancel();
        return;
    }
    clock_.start(clock_step(earliest - now));
}

}  // namespace proxy

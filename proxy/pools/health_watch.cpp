// One way for every event: the machine judges, the transition is told, then the news.

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

/// Of what is told once.
std::string subject_of(HeaderForm form, const std::string& domain) {
    return form == HeaderForm::user ? "a user of " + domain : domain;
}
std::vector<std::string> subjects_of(const std::vector<std::string>& domains) {
    std::vector<std::string> subjects;
    for (const std::string& domain : domains)
        for (const HeaderForm form : {HeaderForm::anonymous, HeaderForm::user})
            subjects.push_back(subject_of(form, domain));
    return subjects;
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
    watched.bindings.keep_only(subjects_of(pool.targets.domains));
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

void HealthWatch::take(Id id, const ProbeResult& result) {
    const core::TimePoint now = core::Clock::now();
    Watched& watched = watched_.at(id);
    Pool& pool = pools_.at(watched.pool);
    const std::unique_ptr<Probe> ended = std::move(watched.check);
    pool.asked.erase(watched.target.domain);
    if (has_changed_for_users(id, watched, pool, result)) {
        start_check(id, watched.target);
        return;
    }

    note_settings(id, watched, result);
    note_strangers(id, watched, pool, result);
    std::optional<HealthReason> failure = result.failure;
    std::string detail = result.detail;
    const bool was_known = pool.offers.is_known(watched.target.domain);
    if (!failure) {
        watched.last_check = result.took;
        if (watched.target.wants_features) {
            note_bindings(watched, result);
            note_offers(id, watched, pool, result);
        }
        if (const auto problem = offer_problem(id, watched, pool)) {
            failure = HealthReason::sasl_differs;
            detail = *problem;
        }
    }
    const Transition change = failure ? watched.machine.on_check_failed(*failure, now)
                                      : watched.machine.on_check_passed(now);
    tell(id, watched, change, detail, result.symptom);
    const bool answers = !failure || failure == HealthReason::sasl_differs;
    if (!answers && watched.machine.state() == HealthMachine::State::down) pool.offers.forget(id);
    if (!was_known && pool.offers.is_known(watched.target.domain))
        check_what_is_missing(id, watched, pool);
    events_.on_news({watched.pool});
    set_clock();
}

/// That members of one pool are strangers makes logins and messages fail by chance, while all of
/// them are up.
void HealthWatch::note_strangers(Id id, const Watched& watched, Pool& pool,
                                 const ProbeResult& result) {
    if (result.failure) {
        pool.strangers.note_failure(id);
    } else {
        pool.strangers.note(id, watched.backend.name, result.software, result.mark);
    }
    const std::string finding = pool.strangers.finding(pool.account);
    if (finding != std::exchange(pool.strangers_told, finding) && !finding.empty())
        log_pool_strangers(watched.pool, finding);
    const std::string incomparable = pool.strangers.incomparable();
    if (incomparable != std::exchange(pool.incomparable_told, incomparable) &&
        !incomparable.empty())
        log_incomparable(watched.pool, incomparable, pool.account);
}

/// A backend that refuses a header with a user, although it has answered one before, may have been
/// changed: then the other form decides whether it is up. What costs no time is asked again at
/// once.
bool HealthWatch::has_changed_for_users(Id id, const Watched& watched, Pool& pool,
                                        const ProbeResult& result) const {
    if (!result.failure || watched.asks_both || watched.target.form != HeaderForm::user)
        return false;
    pool.offers.forget_user_offer(id, watched.target.domain);
    return result.failure == HealthReason::bad_answer ||
           result.failure == HealthReason::ended_early;
}

void HealthWatch::note_offers(Id id, Watched& watched, Pool& pool, const ProbeResult& result) {
    const std::string& domain = watched.target.domain;
    pool.offers.note(id, domain,
                     {.offer = result.offer,
                      .user_offer = result.user_offer,
                      .refuses_users = !result.user_refusal.empty()});
    if (watched.asks_both && result.user_refusal != watched.user_refusal) {
        watched.user_refusal = result.user_refusal;
        if (!result.user_refusal.empty())
            log_user_refused(watched.pool, watched.backend.name, domain, result.user_refusal);
    }
    const std::string_view why_not = pool.offers.why_not_shown(domain);
    if (pool.route == conf::RouteBy::user && !why_not.empty() && why_not != pool.warned)
        log_not_shown(watched.pool, domain, why_not);
    pool.warned = why_not;
}

/// Why a check that passed counts as failed: the member's SASL offer is not the pool's. With
/// route = "domain" clients see the member's own offer, so that is only worth a warning.
std::optional<std::string> HealthWatch::offer_problem(Id id, Watched& watched, Pool& pool) const {
    // The first answer of a start is no majority.
    if (!is_rest_known(id, watched)) return std::nullopt;
    std::optional<std::string> difference = pool.offers.difference_of(id);
    if (pool.route == conf::RouteBy::user) return difference;
    std::string now = difference.value_or("");
    if (now != watched.warned && !now.empty())
        log_sasl_differs(watched.pool, watched.backend.name, now);
    watched.warned = std::move(now);
    return std::nullopt;
}

/// The two forms of headers may be answered with different offers.
void HealthWatch::note_bindings(Watched& watched, const ProbeResult& result) {
    const auto note = [&](HeaderForm form, const std::optional<BindingWarning>& warning) {
        const std::string words = warning ? warning->detail : std::string();
        if (watched.bindings.is_news(subject_of(form, watched.target.domain), words))
            log_binding_warning(watched.pool, watched.backend.name, *warning);
    };
    if (result.offer) note(HeaderForm::anonymous, result.warning);
    if (result.user_offer) note(HeaderForm::user, result.user_warning);
}

bool HealthWatch::is_rest_known(Id id, const Watched& watched) const {
    return std::all_of(watched_.begin(), watched_.end(), [&](const auto& each) {
        return each.first == id || each.second.pool != watched.pool ||
               each.second.machine.state() != HealthMachine::State::unknown;
    });
}

/// A login needs the features of its domain, so after a start domains do not wait for their turns.
void HealthWatch::check_what_is_missing(Id id, const Watched& watched, const Pool& pool) {
    const std::vector<std::string>& domains = pool.targets.domains;
    for (std::size_t i = 0; i < domains.size(); ++i) {
        const std::string& domain = domains[(watched.turn + i) % domains.size()];
        if (pool.offers.is_known(domain) || pool.asked.contains(domain)) continue;
        watched_.at(id).turn += i + 1;
        start_check(id, {.domain = domain, .wants_features = true});
        return;
    }
}

void HealthWatch::note_settings(Id id, const Watched& watched, const ProbeResult& result) {
    if (!result.failure) {
        advice_.note_pass(id, watched.backend);
        return;
    }
    ProbeRequest request = request_for(id, watched, pools_.at(watched.pool));
    request.asks_both = false;
    request.account.clear();
    advice_.note_failure(id, request, result.symptom);
}

void HealthWatch::tell(Id id, Watched& watched, const Transition& change, std::string_view detail,
                       std::optional<Symptom> symptom) {
    if (!change) return;
    const bool is_loss =
        change->to == HealthMachine::State::down || change->to == HealthMachine::State::ejected;
    watched.since = core::Clock::now();
    watched.cause = to_string(change->reason);
    if (is_loss && !detail.empty()) watched.cause += ": " + std::string(detail);
    watched.failure = is_loss ? watched.cause : std::string();
    // What has worked once is not put down to the settings.
    const std::string remedy = is_loss && symptom && !advice_.has_passed(id)
                                   ? likely_remedy(watched.backend, *symptom)
                                   : std::string();
    events_.on_transition({id, watched.pool, watched.backend.name, *change,
                           is_loss ? detail : std::string_view(), remedy});
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

// What a check teaches HealthWatch. One way for every event: the machine judges, the log gets the
// transition, and then the owner hears the news.

#include <algorithm>
#include <utility>

#include "proxy/pools/health_watch.h"
#include "proxy/pools/pool_log.h"

namespace proxy {

using balancer::HealthMachine;
using balancer::HealthReason;

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
        if (watched.bindings.is_news(words_for(form, watched.target.domain), words))
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
    ++pools_.at(watched.pool).transitions[static_cast<std::size_t>(change->to)];
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

}  // namespace proxy

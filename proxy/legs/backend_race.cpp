#include "proxy/legs/backend_race.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "core/log.h"
#include "proxy/legs/proxy_protocol.h"
#include "proxy/offers/answer_scan.h"

namespace proxy {

/// What connections refer to until they are open.
struct BackendRace::Shared {
    Shared(LinkEnvironment& all, LinkRequest what)
        : environment(all),
          request(std::move(what)),
          access{.loop = all.loop,
                 .resolver = all.resolver,
                 .scan_work = all.scan_work,
                 .watermarks = all.watermarks,
                 .tls = [&all]() -> BackendTls& { return *all.tls; },
                 .own = [&all]() -> const OwnAddresses& { return *all.own; }} {}

    const conf::Pool& pool() const { return request.candidates.pool().settings(); }

    LinkEnvironment& environment;
    const LinkRequest request;
    const BackendEnvironment access;
};

/// One candidate that is tried.
class BackendRace::Runner final : private BackendConnectionEvents {
public:
    Runner(BackendRace& race, const Shared& shared, std::size_t candidate, core::TimePoint now)
        : member(shared.request.candidates[candidate]),
          at(candidate),
          began(now),
          slot(shared.environment.router.take(member)),
          race_(race) {
        connection = std::make_unique<BackendConnection>(
            shared.access,
            BackendApproach{.backend = *member.backend,
                            .domain = shared.request.domain,
                            .certificate = shared.request.shown.get(),
                            .greeting = shared.request.opening,
                            .preamble = [&backend = *member.backend, &facts = shared.request.facts](
                                            const auto&,
                                            const auto&) { return proxy_preamble(backend, facts); },
                            .deadline = shared.pool().connect_timeout},
            static_cast<BackendConnectionEvents&>(*this));
    }

    /// Whether its whole first answer is there; of one of several runners.
    bool has_answered(std::string_view window, xmpp::ScanWorkPool& scan_work) {
        if (!scan_) scan_.emplace(scan_work);
        return scan_->is_complete(window);
    }

    const balancer::Member& member;
    const std::size_t at;  // among the candidates
    const core::TimePoint began;
    core::TimePoint opened;
    balancer::SessionSlot slot;
    std::unique_ptr<BackendConnection> connection;  // null once it has won
    bool has_begun = false;  // to answer: the session has taken something of it
    bool is_late = false;    // its moment has passed
    bool is_out = false;

private:
    void on_address_failed(const core::Endpoint& address, LinkFailure why,
                           std::string_view detail) override {
        race_.log_failure(*this, address, why, detail);
    }
    void on_failed(LinkFailure why) override { race_.on_runner_failed(*this, why); }
    void on_open() override { race_.on_runner_open(*this); }
    std::size_t on_bytes(std::string_view window) override {
        return race_.on_runner_bytes(*this, window);
    }
    void on_end() override { race_.on_runner_end(*this); }
    void on_lost(std::string_view detail) override { race_.on_runner_lost(*this, detail); }
    void on_drained() override {
        if (race_.leader_ == this) race_.link_.on_drained();
    }

    BackendRace& race_;
    std::optional<AnswerScan> scan_;
};

BackendRace::BackendRace(LinkEnvironment& environment, LinkRequest request,
                         BackendConnectionEvents& link)
    : shared_(std::make_shared<const Shared>(environment, std::move(request))),
      link_(link),
      moment_(environment.loop, [this] { try_next_beside(); }),
      next_(environment.loop, [this] { go_on(); }) {
    environment.patience.note_session();
    start(0, core::Clock::now());
    leader_ = runners_.front().get();
}

BackendRace::~BackendRace() {
    for (const auto& runner : runners_)
        if (runner.get() != leader_) close_unused(*runner);
}

BackendConnection* BackendRace::leading_connection() const {
    return leader_ != nullptr ? leader_->connection.get() : nullptr;
}

const balancer::Member& BackendRace::leading_member() const {
    return leader_->member;
}

bool BackendRace::is_first_leading() const {
    return leader_->at == 0;
}

std::chrono::milliseconds BackendRace::answer_time() const {
    const auto waited = core::Clock::now() - leader_->opened;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(shared_->pool().answer_timeout - waited);
    return std::max(left, std::chrono::milliseconds(0));
}

// Who runs.

/// The next one of those that were not tried yet, one that is not known to be silent first.
std::optional<std::size_t> BackendRace::next_candidate(core::TimePoint now) const {
    const balancer::Candidates& all = shared_->request.candidates;
    std::optional<std::size_t> next;
    for (std::size_t at = 0; at < all.size(); ++at) {
        if ((tried_ >> at & 1) != 0) continue;
        if (!shared_->environment.patience.is_suspected(all[at].id, now)) return at;
        if (!next) next = at;
    }
    return next;
}

void BackendRace::start(std::size_t candidate, core::TimePoint now) {
    tried_ |= 1U << candidate;
    runners_.push_back(std::make_unique<Runner>(*this, *shared_, candidate, now));
    moment_.start(shared_->environment.patience.moment(runners_.back()->member.id, now));
}

/// The moment of the last runner has passed.
void BackendRace::try_next_beside() {
    const core::TimePoint now = core::Clock::now();
    balancer::Patience& patience = shared_->environment.patience;
    Runner& last = *runners_.back();
    if (last.is_out || last.has_begun) return;
    if (!std::exchange(last.is_late, true)) patience.note_waiting(last.member.id, last.began, now);
    const auto next = next_candidate(now);
    if (!next || runners_.size() == kMostRunners || !shared_->pool().hedge) return;
    const balancer::Member& other = shared_->request.candidates[*next];
    balancer::Router& router = shared_->environment.router;
    // What `patience` allows is counted, so it is asked last.
    if (router.has_login_to_give(other, now) &&
        patience.may_try_beside(last.member.id, other.id, must_know_that_it_hangs(*next), now) &&
        router.may_go_on_to(other, now)) {
        shared_->environment.hedges->count_begun();
        start(*next, now);
    } else {
        moment_.start(balancer::Patience::ask_again_after(now - last.began));
    }
}

/// Whether the session would lose something at another backend, so that one that is merely late is
/// waited for.
bool BackendRace::must_know_that_it_hangs(std::size_t next) const {
    const LinkRequest& request = shared_->request;
    const conf::Pool& pool = shared_->pool();
    const Runner& last = *runners_.back();
    const balancer::Member& other = request.candidates[next];
    // A stand-in, or one whose checks fail, takes no session while the others live.
    if (other.priority != last.member.priority || other.weight == 0) return true;
    if (last.at != 0) return false;
    if (pool.balance == conf::Balance::hash_user || pool.balance == conf::Balance::hash_ip)
        return true;
    return request.owner_is_first && (pool.together || !pool.resume_anywhere);
}

void BackendRace::pass_over(LinkFailure why, std::string_view detail) {
    Runner& runner = *leader_;
    log_failure(runner, runner.connection->peer(), why, detail);
    note_failure(runner, why);
    drop(runner, why);
}

void BackendRace::drop(Runner& runner, LinkFailure why) {
    runner.is_out = true;
    runner.connection->close();
    runner.slot.release();
    why_ = why;
    // We may be inside a callback of what ends here.
    next_.start_now();
}

void BackendRace::go_on() {
    std::erase_if(runners_, [this](const std::unique_ptr<Runner>& runner) {
        if (!runner->is_out) return false;
        if (leader_ == runner.get()) leader_ = nullptr;
        return true;
    });
    const bool has_leader = leader_ != nullptr;
    if (!has_leader && !runners_.empty()) return lead(*runners_.front());
    // One that ran beside the leader is replaced: that was the session's due already.
    const core::TimePoint now = core::Clock::now();
    const auto next = next_candidate(now);
    const bool is_wanted =
        next && (!has_leader || (leader_->is_late && !must_know_that_it_hangs(*next)));
    balancer::Router& router = shared_->environment.router;
    if (is_wanted && router.may_go_on_to(shared_->request.candidates[*next], now)) {
        start(*next, now);
        if (!has_leader) leader_ = runners_.back().get();
    } else if (!has_leader) {
        moment_.cancel();
        is_held_ = next.has_value();
        link_.on_failed(why_);  // the race may be gone
    } else if (next) {
        moment_.start(balancer::Patience::ask_again_after(now - leader_->began));
    }
}

void BackendRace::lead(Runner& runner) {
    leader_ = &runner;
    if (runner.connection->is_open()) link_.on_open();
}

BackendRace::Won BackendRace::win() {
    const core::TimePoint now = core::Clock::now();
    LinkEnvironment& environment = shared_->environment;
    Runner& winner = *leader_;
    environment.patience.note_answer(winner.member.id, now - winner.began);
    environment.router.note_success(winner.member);
    if (winner.at != runners_.front()->at) environment.hedges->count_won();
    // Where the winner itself was late, the others may only have been a little later.
    for (const auto& runner : runners_)
        if (!winner.is_late && !runner->is_out && runner->is_late) note_lost(*runner, now);
    return {std::move(winner.connection), std::move(winner.slot)};
}

void BackendRace::note_lost(Runner& runner, core::TimePoint now) {
    LinkEnvironment& environment = shared_->environment;
    const auto lost = environment.patience.note_lost(runner.member.id, now);
    for (std::uint32_t i = 0; i < lost.failures; ++i)
        environment.reports.note_failure(runner.member.id, balancer::HealthReason::timed_out);
    if (lost.is_enough) environment.router.note_failure(runner.member, now);
    runner.slot.release();
    environment.witnesses.keep({.kept = shared_,
                                .connection = std::move(runner.connection),
                                .pool = shared_->request.candidates.shared_pool(),
                                .member = &runner.member,
                                .began = runner.began},
                               runner.began + shared_->pool().answer_timeout);
}

void BackendRace::leave_others() {
    moment_.cancel();
    next_.cancel();
    std::erase_if(runners_, [this](const std::unique_ptr<Runner>& runner) {
        if (runner.get() == leader_) return false;
        close_unused(*runner);
        return true;
    });
}

void BackendRace::close_unused(Runner& runner) {
    runner.is_out = true;
    runner.slot.release();
    if (runner.connection) proxy::close_unused(*runner.connection);
}

// What runners meet.

void BackendRace::on_runner_failed(Runner& runner, LinkFailure why) {
    note_failure(runner, why);
    drop(runner, why);
}

void BackendRace::on_runner_open(Runner& runner) {
    runner.opened = core::Clock::now();
    shared_->environment.connects->note_open(
        std::chrono::duration_cast<std::chrono::microseconds>(runner.opened - runner.began));
    if (leader_ == &runner) link_.on_open();
}

/// The runner, and the race, may be gone when the link has returned.
std::size_t BackendRace::on_runner_bytes(Runner& runner, std::string_view window) {
    if (runner.is_out) return window.size();
    if (!is_racing()) {
        runner.has_begun = true;
        return link_.on_bytes(window);
    }
    if (!runner.has_answered(window, shared_->environment.scan_work)) return 0;
    if (leader_ != &runner) lead(runner);
    return link_.on_bytes(window);
}

void BackendRace::on_runner_end(Runner& runner) {
    if (runner.is_out) return;
    if (leader_ == &runner) return link_.on_end();
    on_runner_lost(runner, "end_of_tcp");
}

void BackendRace::on_runner_lost(Runner& runner, std::string_view detail) {
    if (runner.is_out) return;
    if (leader_ == &runner) return link_.on_lost(detail);
    log_failure(runner, runner.connection->peer(), LinkFailure::ended_early, detail);
    note_failure(runner, LinkFailure::ended_early);
    drop(runner, LinkFailure::ended_early);
}

// What the log and others hear.

void BackendRace::log_failure(const Runner& runner, const core::Endpoint& address, LinkFailure why,
                              std::string_view detail) const {
    core::Log line(core::Severity::warn, "backend_attempt_failed");
    line.with("session", shared_->request.facts.unique_id)
        .with("pool", shared_->pool().name)
        .with("backend", runner.member.backend->name);
    if (address.family() != core::Endpoint::Family::none) {
        line.with("address", address.to_string());
    }
    line.with("reason", to_string(why)).with("detail", detail);
    if (!remedy_for(why).empty()) line.with("remedy", remedy_for(why));
}

void BackendRace::note_failure(const Runner& runner, LinkFailure why) {
    shared_->environment.connects->note_failed(why);
    const auto reason = health_reason(why);
    if (!reason || can_be_of_client(why)) return;
    shared_->environment.router.note_failure(runner.member, core::Clock::now());
    shared_->environment.reports.note_failure(runner.member.id, *reason);
}

}  // namespace proxy

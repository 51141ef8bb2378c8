#include "backend/node/stanza_queue.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <iterator>
#include <utility>

#include "core/random_bytes.h"
#include "core/spread.h"

namespace backend {

using xmpp::StreamErrorCondition;

StanzaQueue::StanzaQueue(core::EventLoop& loop, Store& store, RecentUsers& recent_users,
                         const Locality& locality, const Now& now, Sender sender, Epoch epoch,
                         StanzaQueueEvents& events)
    : store_(store),
      recent_users_(recent_users),
      now_(now),
      sender_(std::move(sender)),
      epoch_(epoch),
      events_(events),
      batch_(sender_, locality),
      later_(loop, [this] { read(); }),
      trim_timer_(loop, [this] { commit_trim(); }) {
    assert(epoch > 0);
}

template <class Then>
auto StanzaQueue::answered(Then then) {
    return alive_.guarded([this, then = std::move(then)](auto&& answer) mutable {
        if (!is_stopped_) std::invoke(then, this, std::forward<decltype(answer)>(answer));
    });
}

void StanzaQueue::handle(Handle stanza) {
    waiting_.emplace_back(std::move(stanza));
}

void StanzaQueue::write(std::vector<Write> writes, std::function<void(bool)> on_done) {
    waiting_.emplace_back(OwnWrites{std::move(writes), std::move(on_done)});
    go_on();
}

void StanzaQueue::trim(std::uint64_t up_to) {
    if (!trims_.acknowledge(up_to) || is_stopped_) return;
    if (trims_.is_worth_a_commit())
        trim_timer_.start_now();
    else if (trims_.owes_any() && !trim_timer_.is_running())
        trim_timer_.start(TrimPace::kPause);
}

void StanzaQueue::go_on() {
    if (is_busy_ || is_stopped_ || waiting_.empty()) return;
    is_busy_ = true;
    patience_.begin(now_());
    passed_over_.clear();
    if (auto* own = std::get_if<OwnWrites>(&waiting_.front())) {
        OwnWrites writes = std::move(*own);
        waiting_.pop_front();
        return commit_own(std::move(writes));
    }
    begin_stanzas();
}

// What has to be known.

void StanzaQueue::begin_stanzas() {
    assert(batch_.size() == 0);
    while (!waiting_.empty()) {
        auto* next = std::get_if<Handle>(&waiting_.front());
        if (next == nullptr || !batch_.take(*next)) break;
        waiting_.pop_front();
    }
    if (batch_.size() > 0) return read();
    stop();
    events_.on_refused(StreamErrorCondition::unsupported_stanza_type);
}

void StanzaQueue::cut_batch(std::size_t count) {
    std::vector<Handle> others = batch_.cut(count);
    waiting_.insert(waiting_.begin(), std::make_move_iterator(others.begin()),
                    std::make_move_iterator(others.end()));
}

void StanzaQueue::read() {
    batch_.ask();
    if (recall()) return decide();
    const auto& vcard_of = batch_.vcard_of();
    has_vcard_ = !vcard_of;
    if (vcard_of) store_.read_vcard(*vcard_of, answered(&StanzaQueue::on_vcard));
    // Asked last, so answered last.
    if (!batch_.wanted().empty())
        return store_.read_users(batch_.wanted(), answered(&StanzaQueue::on_read));
    if (!vcard_of) decide();
}

/// Other stanzas than messages are too rare, and go by too much, to be worth it.
bool StanzaQueue::recall() {
    if (!batch_.is_of_messages() || batch_.wanted().empty()) return false;
    std::vector<KnownUser> users;
    for (const Store::Wanted& wanted : batch_.wanted()) {
        users.push_back(wanted.roster ? nullptr : recent_users_.find(wanted.user));
        if (users.back() == nullptr) return false;
    }
    batch_.know(std::move(users), StanzaBatch::Source::recalled);
    return true;
}

void StanzaQueue::on_reading_failed(StoreError why) {
    try_again(patience_.after_failed_reading(now_()), why);
}

void StanzaQueue::on_vcard(Store::Answer<std::string> answer) {
    auto* vcard = std::get_if<std::string>(&answer);
    has_vcard_ = vcard != nullptr;
    if (has_vcard_) batch_.know_vcard(std::move(*vcard));
    if (!batch_.wanted().empty()) return;  // the users' answer comes yet
    if (has_vcard_)
        decide();
    else
        on_reading_failed(std::get<StoreError>(answer));
}

void StanzaQueue::on_read(Store::Answer<std::vector<UserSnapshot>> answer) {
    auto* users = std::get_if<std::vector<UserSnapshot>>(&answer);
    if (users == nullptr) return on_reading_failed(std::get<StoreError>(answer));
    if (!has_vcard_) return on_reading_failed(StoreError::unavailable);
    std::vector<KnownUser> known;
    for (UserSnapshot& user : *users)
        known.push_back(std::make_shared<UserSnapshot>(std::move(user)));
    if (batch_.is_of_messages()) {
        for (std::size_t i = 0; i < known.size(); ++i) {
            if (known[i]->exists) recent_users_.remember(batch_.wanted()[i].user, known[i]);
        }
    }
    batch_.know(std::move(known), StanzaBatch::Source::read);
    decide();
}

// What follows.

void StanzaQueue::decide() {
    StanzaBatch::Outcome plan = batch_.plan();
    if (plan.end) {
        stop();
        return events_.on_refused(*plan.end);
    }
    cut_batch(plan.planned);
    if (plan.is_unknown) return read();
    new_route_ = std::move(plan.route);
    std::erase_if(plan.writes, [this](const Write& write) {
        const auto* queued = std::get_if<Enqueue>(&write);
        return queued != nullptr && std::find(passed_over_.begin(), passed_over_.end(),
                                              queued->to) != passed_over_.end();
    });
    commit(std::move(plan.writes));
}

void StanzaQueue::commit(std::vector<Write> writes) {
    assert(is_busy_);
    if (trims_.is_worth_a_place()) writes.emplace_back(trims_.take());
    store_.commit({.session = sender_.session,
                   .epoch = epoch_,
                   .handled = batch_.last().handled,
                   .writes = std::move(writes)},
                  answered(&StanzaQueue::on_committed));
}

void StanzaQueue::on_committed(const CommitOutcome& outcome) {
    if (std::holds_alternative<Done>(outcome)) return finish_batch();
    trims_.give_back();
    if (batch_.is_recalled()) {
        for (const Store::Wanted& wanted : batch_.wanted()) recent_users_.forget(wanted.user);
    }
    if (std::holds_alternative<Fenced>(outcome)) {
        stop();
        return events_.on_fenced();
    }
    if (const auto* full = std::get_if<QueueFull>(&outcome)) return on_full(full->session);
    const auto* error = std::get_if<StoreError>(&outcome);
    if (error != nullptr && is_in_doubt(*error)) {
        // It may be there: only the count in the store can tell, so it must not be tried again.
        stop();
        return events_.on_store_failed(*error);
    }
    // The client's acknowledgement waits, and so do its next stanzas, as while a reading fails.
    if (error != nullptr && *error == StoreError::not_asked) return on_reading_failed(*error);
    try_again(patience_.after_refusal());
}

void StanzaQueue::on_full(const SessionRef& session) {
    if (session == sender_.session) {
        stop();
        return events_.on_refused(StreamErrorCondition::resource_constraint);
    }
    if (batch_.size() > 1) {
        // One of them: each is tried alone.
        cut_batch(1);
        return read();
    }
    if (session.id.empty()) return refuse_batch();
    if (patience_.is_on_last_try()) return pass_over(session);
    // Its owner sends what waits there elsewhere, and then there is room or another place.
    store_.commit({.session = sender_.session,
                   .epoch = epoch_,
                   .handled = {},
                   .writes = {EndOther{session, "resource-constraint"}}},
                  [](const CommitOutcome&) {});
    try_again(patience_.after_refusal());
}

/// A session whose owner does not end it in time keeps no broadcast from the others; what is for it
/// alone comes back.
void StanzaQueue::pass_over(const SessionRef& session) {
    if (!batch_.is_presence()) return refuse_batch();
    passed_over_.push_back(session);
    read();
}

void StanzaQueue::refuse_batch() {
    new_route_.reset();
    commit(batch_.refusal());
}

void StanzaQueue::try_again(StorePatience::Pause pause, StoreError why) {
    // Those who were refused together would be in each other's way again.
    if (pause) return later_.start(core::spread(*pause, core::random_value<std::uint32_t>()));
    stop();
    events_.on_store_failed(why);
}

void StanzaQueue::finish_batch() {
    if (new_route_) sender_.route = *std::exchange(new_route_, std::nullopt);
    const std::size_t count = batch_.size();
    batch_.clear();
    is_busy_ = false;
    const auto here = alive_.tie();
    events_.on_confirmed(count);
    if (here) go_on_or_idle();
}

void StanzaQueue::go_on_or_idle() {
    go_on();
    if (is_idle()) events_.on_idle();
}

// The session's own.

void StanzaQueue::commit_own(OwnWrites own) {
    std::optional<Route> route;
    for (const Write& write : own.writes) {
        if (const auto* put = std::get_if<PutRoute>(&write)) route = put->route;
    }
    store_.commit({.session = sender_.session,
                   .epoch = epoch_,
                   .handled = {},
                   .writes = std::move(own.writes)},
                  answered([route = std::move(route), on_done = std::move(own.on_done)](
                               StanzaQueue* self, const CommitOutcome& outcome) {
                      self->on_own_committed(outcome, route, on_done);
                  }));
}

void StanzaQueue::on_own_committed(const CommitOutcome& outcome, const std::optional<Route>& route,
                                   const std::function<void(bool)>& on_done) {
    if (std::holds_alternative<Fenced>(outcome)) {
        stop();
        return events_.on_fenced();
    }
    const bool is_done = std::holds_alternative<Done>(outcome);
    if (is_done && route) sender_.route = *route;
    is_busy_ = false;
    const auto here = alive_.tie();
    on_done(is_done);
    if (here) go_on_or_idle();
}

void StanzaQueue::commit_trim() {
    if (is_stopped_ || !trims_.owes_any()) return;
    store_.commit(
        {.session = sender_.session, .epoch = epoch_, .handled = {}, .writes = {trims_.take()}},
        answered(&StanzaQueue::on_trimmed));
}

void StanzaQueue::on_trimmed(const CommitOutcome& outcome) {
    if (std::holds_alternative<Fenced>(outcome)) {
        stop();
        return events_.on_fenced();
    }
    if (!std::holds_alternative<Done>(outcome)) trims_.give_back();  // for the next commit
}

/// What the client has is not for others: the store hears of it before the session ends.
void StanzaQueue::stop() {
    commit_trim();
    is_stopped_ = true;
    is_busy_ = false;
    waiting_.clear();
    later_.cancel();
    trim_timer_.cancel();
}

}  // namespace backend

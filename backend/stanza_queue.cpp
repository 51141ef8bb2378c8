#include "backend/stanza_queue.h"

#include <algorithm>
#include <utility>

#include "backend/stanza_error.h"

namespace backend {
namespace {

using xmpp::StreamErrorCondition;

constexpr std::size_t kBatch = 32;               // messages of one commit
constexpr unsigned kTries = 8;                   // of one commit
constexpr unsigned kTriesAtOnce = 2;             // of them without a pause
constexpr std::chrono::milliseconds kPause{10};  // doubled by each further try

/// Opens a stanza and asks `what` of it; its views die with the call.
template <class Value, class What>
std::optional<Value> with_stanza(std::string_view bytes, const What& what) {
    const xmpp::ElementReader reader(bytes);
    const auto stanza = open_stanza(bytes, reader.root());
    if (!stanza) return std::nullopt;
    return what(*stanza);
}

std::size_t place_of(const Store::Wanted& wanted, const std::vector<Store::Wanted>& all) {
    const auto is_same = [&wanted](const Store::Wanted& other) {
        return other.user == wanted.user && other.roster == wanted.roster &&
               other.blocks == wanted.blocks;
    };
    return static_cast<std::size_t>(std::find_if(all.begin(), all.end(), is_same) - all.begin());
}

/// Each once: messages in a row mostly go to the same user.
std::vector<Store::Wanted> wanted_for(const std::vector<Needs>& stanzas) {
    std::vector<Store::Wanted> all;
    for (const Needs& asked : stanzas) {
        for (const Store::Wanted& wanted : asked.users) {
            if (place_of(wanted, all) == all.size()) all.push_back(wanted);
        }
    }
    return all;
}

bool is_message(const Handle& handle) {
    return handle.bytes.starts_with("<message");
}

}  // namespace

StanzaQueue::StanzaQueue(core::EventLoop& loop, Store& store, const Locality& locality,
                         Sender sender, Epoch epoch, StanzaQueueEvents& events)
    : store_(store),
      locality_(locality),
      sender_(std::move(sender)),
      epoch_(epoch),
      events_(events),
      later_(loop, [this] { read(); }),
      trim_timer_(loop, [this] { commit_trim(); }) {}

template <class Value>
std::function<void(Value)> StanzaQueue::guarded(void (StanzaQueue::*method)(Value)) {
    return [this, method, alive = std::weak_ptr(alive_)](Value value) {
        if (!alive.expired() && !is_stopped_) (this->*method)(std::forward<Value>(value));
    };
}

void StanzaQueue::handle(Handle stanza) {
    waiting_.emplace_back(std::move(stanza));
}

void StanzaQueue::write(std::vector<Write> writes, std::function<void(bool)> on_done) {
    waiting_.emplace_back(OwnWrites{std::move(writes), std::move(on_done)});
    go_on();
}

void StanzaQueue::trim(std::uint64_t up_to) {
    trim_to_ = std::max(trim_to_, up_to);
    if (trim_to_ > trimmed_ && !is_stopped_ && !trim_timer_.is_running())
        trim_timer_.start(std::chrono::milliseconds(0));
}

void StanzaQueue::go_on() {
    if (is_busy_ || is_stopped_ || waiting_.empty()) return;
    is_busy_ = true;
    tries_ = 0;
    passed_over_.clear();
    if (auto* own = std::get_if<OwnWrites>(&waiting_.front())) {
        OwnWrites writes = std::move(*own);
        waiting_.pop_front();
        return commit_own(std::move(writes));
    }
    begin_stanzas(kBatch);
}

// What has to be known.

void StanzaQueue::begin_stanzas(std::size_t most) {
    batch_.clear();
    asked_.clear();
    while (!waiting_.empty() && batch_.size() < most) {
        auto* next = std::get_if<Handle>(&waiting_.front());
        if (next == nullptr || (!batch_.empty() && !is_message(*next))) break;
        const bool is_alone = !is_message(*next);
        auto wanted = with_stanza<Needs>(next->bytes, [this](const Stanza& stanza) {
            return needs(stanza, sender_, locality_.context());
        });
        if (!wanted) {
            if (!batch_.empty()) break;
            stop();
            return events_.on_refused(StreamErrorCondition::unsupported_stanza_type);
        }
        batch_.push_back(std::move(*next));
        asked_.push_back(std::move(*wanted));
        waiting_.pop_front();
        if (is_alone) break;
    }
    read();
}

void StanzaQueue::read() {
    known_.clear();
    for (const Needs& asked : asked_) known_.push_back({.asked = asked, .users = {}, .vcard = {}});
    std::vector<Store::Wanted> users = wanted_for(asked_);
    const auto& vcard_of = asked_.front().vcard_of;
    if (vcard_of) store_.read_vcard(*vcard_of, guarded(&StanzaQueue::on_vcard));
    // Asked last, so answered last.
    if (!users.empty()) return store_.read_users(std::move(users), guarded(&StanzaQueue::on_read));
    if (!vcard_of) decide();
}

void StanzaQueue::on_vcard(Store::Answer<std::string> answer) {
    const bool is_all = asked_.front().users.empty();
    if (const auto* vcard = std::get_if<std::string>(&answer)) {
        known_.front().vcard = *vcard;
        if (is_all) decide();
    } else if (is_all) {
        try_later();
    } else {
        known_.clear();  // the users' answer comes yet, and is of no use
    }
}

void StanzaQueue::on_read(Store::Answer<std::vector<UserSnapshot>> answer) {
    auto* users = std::get_if<std::vector<UserSnapshot>>(&answer);
    if (users == nullptr || known_.empty()) return try_later();
    const auto all = wanted_for(asked_);
    if (known_.size() == 1 && all.size() == known_.front().asked.users.size()) {
        known_.front().users = std::move(*users);
        return decide();
    }
    for (Knowledge& known : known_) {
        for (const Store::Wanted& wanted : known.asked.users)
            known.users.push_back((*users)[place_of(wanted, all)]);
    }
    decide();
}

// What follows.

void StanzaQueue::cut_batch(std::size_t count) {
    while (batch_.size() > count) {
        waiting_.emplace_front(std::move(batch_.back()));
        batch_.pop_back();
    }
    asked_.resize(count);
    known_.resize(count);
}

bool StanzaQueue::plan_one(std::size_t index, std::vector<Write>& writes) {
    auto made = with_stanza<Plan>(batch_[index].bytes, [&](const Stanza& stanza) {
        return plan(stanza, sender_, known_[index], locality_.context());
    });
    if (made->end || made->more) {
        if (index > 0) {
            cut_batch(index);
            return true;
        }
        if (made->end) {
            stop();
            events_.on_refused(*made->end);
        } else {
            cut_batch(1);
            asked_.front() = std::move(*made->more);
            read();
        }
        return false;
    }
    new_route_ = std::move(made->route);
    std::move(made->writes.begin(), made->writes.end(), std::back_inserter(writes));
    return true;
}

void StanzaQueue::decide() {
    std::vector<Write> writes;
    for (std::size_t i = 0; i < batch_.size(); ++i) {
        if (!plan_one(i, writes)) return;
    }
    std::erase_if(writes, [this](const Write& write) {
        const auto* queued = std::get_if<Enqueue>(&write);
        return queued != nullptr && std::find(passed_over_.begin(), passed_over_.end(),
                                              queued->to) != passed_over_.end();
    });
    const bool arrives = new_route_ && new_route_->priority && !sender_.route.priority;
    if (arrives) writes.emplace_back(Welcome{});
    // What must be as it was read stands first (see Unchanged).
    std::stable_partition(writes.begin(), writes.end(), [](const Write& write) {
        return std::holds_alternative<Unchanged>(write);
    });
    commit(std::move(writes));
}

void StanzaQueue::commit(std::vector<Write> writes) {
    if (trim_to_ > trimmed_) writes.emplace_back(Trim{trim_to_});
    trimmed_ = trim_to_;
    store_.commit({.session = sender_.session,
                   .epoch = epoch_,
                   .handled = batch_.back().handled,
                   .writes = std::move(writes)},
                  [this, alive = std::weak_ptr(alive_)](const CommitOutcome& outcome) {
                      if (!alive.expired() && !is_stopped_) on_committed(outcome);
                  });
}

void StanzaQueue::on_committed(const CommitOutcome& outcome) {
    if (std::holds_alternative<Done>(outcome)) return finish_batch();
    trimmed_ = 0;  // nothing of it was done
    if (std::holds_alternative<Fenced>(outcome)) {
        stop();
        return events_.on_fenced();
    }
    if (const auto* full = std::get_if<QueueFull>(&outcome)) return on_full(full->session);
    const auto* error = std::get_if<StoreError>(&outcome);
    if (error != nullptr && *error != StoreError::full) {
        // It may be there: only the count in the store can tell, so it must not be tried again.
        stop();
        return events_.on_store_failed(*error);
    }
    try_later();
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
    if (tries_ >= kTries) return pass_over(session);
    // Its owner sends what waits there elsewhere, and then there is room or another place.
    store_.commit({.session = sender_.session,
                   .epoch = epoch_,
                   .handled = {},
                   .writes = {EndOther{session, "resource-constraint"}}},
                  [](const CommitOutcome&) {});
    try_later();
}

/// A session whose owner does not end it in time keeps no broadcast from the others; what is for it
/// alone comes back.
void StanzaQueue::pass_over(const SessionRef& session) {
    if (!batch_.front().bytes.starts_with("<presence")) return refuse_batch();
    passed_over_.push_back(session);
    read();
}

/// XEP-0160 section 3: what cannot be stored comes back.
void StanzaQueue::refuse_batch() {
    std::vector<Write> writes;
    with_stanza<bool>(batch_.front().bytes, [&](const Stanza& stanza) {
        if (!may_be_refused(stanza)) return false;
        const std::string from = stanza.to ? stanza.to->full() : std::string();
        writes.emplace_back(
            Enqueue{sender_.session,
                    error_stanza(stanza.kind, stanza.id, from, sender_.jid.full(),
                                 {.condition = StanzaErrorCondition::service_unavailable})});
        return true;
    });
    new_route_.reset();
    commit(std::move(writes));
}

void StanzaQueue::try_later() {
    if (++tries_ > kTries) {
        stop();
        return events_.on_store_failed(StoreError::full);
    }
    if (tries_ <= kTriesAtOnce) return later_.start(std::chrono::milliseconds(0));
    later_.start(kPause * (1 << (tries_ - kTriesAtOnce)));
}

void StanzaQueue::finish_batch() {
    if (new_route_) sender_.route = *std::exchange(new_route_, std::nullopt);
    const std::size_t count = batch_.size();
    batch_.clear();
    is_busy_ = false;
    const std::weak_ptr alive(alive_);
    events_.on_confirmed(count);
    if (alive.expired()) return;
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
                  [this, route = std::move(route), on_done = std::move(own.on_done),
                   alive = std::weak_ptr(alive_)](const CommitOutcome& outcome) {
                      if (alive.expired() || is_stopped_) return;
                      if (std::holds_alternative<Fenced>(outcome)) {
                          stop();
                          return events_.on_fenced();
                      }
                      const bool is_done = std::holds_alternative<Done>(outcome);
                      if (is_done && route) sender_.route = *route;
                      is_busy_ = false;
                      on_done(is_done);
                      if (alive.expired()) return;
                      go_on();
                      if (is_idle()) events_.on_idle();
                  });
}

void StanzaQueue::commit_trim() {
    if (is_stopped_ || trim_to_ <= trimmed_) return;
    trimmed_ = trim_to_;
    store_.commit(
        {.session = sender_.session, .epoch = epoch_, .handled = {}, .writes = {Trim{trim_to_}}},
        [this, alive = std::weak_ptr(alive_)](const CommitOutcome& outcome) {
            if (!alive.expired() && !is_stopped_) on_trimmed(outcome);
        });
}

void StanzaQueue::on_trimmed(const CommitOutcome& outcome) {
    if (std::holds_alternative<Fenced>(outcome)) {
        stop();
        return events_.on_fenced();
    }
    if (!std::holds_alternative<Done>(outcome)) trimmed_ = 0;  // it goes along with the next commit
}

void StanzaQueue::stop() {
    is_stopped_ = true;
    is_busy_ = false;
    waiting_.clear();
    later_.cancel();
    trim_timer_.cancel();
}

}  // namespace backend

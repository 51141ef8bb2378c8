#include "backend/node/departure.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

#include "backend/rules/departure_rules.h"
#include "core/log.h"
#include "core/random_bytes.h"
#include "core/spread.h"

namespace backend {
namespace {

constexpr std::chrono::milliseconds kFirstPause{20};  // doubled by each further try
constexpr std::chrono::milliseconds kLongestPause{1'000};
constexpr unsigned kTriesAtOnce = 3;  // without a pause: somebody was only quicker
constexpr unsigned kDoublings = 6;    // more lead beyond the longest anyway
constexpr unsigned kFullTries = 5;    // then a session with a full queue is passed over
constexpr unsigned kWorthTelling = 50;
constexpr std::string_view kNothingToDo =
    "none: the node tries again; if this line comes often, the store is too slow";

/// The full JID of a session, as its record has it.
std::optional<Sender> sender_of(const SessionRecord& record) {
    auto jid = xmpp::Jid::parse(record.ref.user + "/" + record.resource);
    if (!jid) return std::nullopt;
    return Sender{record.ref, std::move(jid).value(), record.route};
}

}  // namespace

Departure::Departure(core::EventLoop& loop, Store& store, const Locality& locality,
                     SessionRef session, TakeReason reason, std::function<void()> on_done)
    : loop_(loop),
      store_(store),
      locality_(locality),
      session_(std::move(session)),
      reason_(reason),
      on_done_(std::move(on_done)),
      again_(loop, [this] { try_now(); }) {
    take();
}

/// Without a session that is ours it begins with taking it.
void Departure::try_now() {
    if (is_in_doubt_) return ask_whose_it_is();
    if (epoch_ == 0) return take();
    if (!sender_) return commit({CloseSession{}});
    read(needs_of_departure(*sender_, queue_));
}

void Departure::take() {
    store_.take_session(session_, reason_,
                        alive_.guarded([this](auto answer) { on_taken(std::move(answer)); }));
}

/// A commit of nothing: if a client has resumed the session meanwhile, it keeps it.
void Departure::ask_whose_it_is() {
    store_.commit({.session = session_, .epoch = epoch_, .handled = {}, .writes = {}},
                  alive_.guarded([this](const CommitOutcome& outcome) {
                      if (const auto* error = std::get_if<StoreError>(&outcome))
                          return try_later(*error);
                      if (std::holds_alternative<Fenced>(outcome)) return finish();
                      // Still ours; what its queue holds tells what was done.
                      reason_ = TakeReason::resume;
                      take();
                  }));
}

void Departure::on_taken(std::variant<TakenSession, TakeFailure> answer) {
    if (const auto* failure = std::get_if<TakeFailure>(&answer)) {
        if (*failure == TakeFailure::store) return try_later(StoreError::unavailable);
        return finish();  // gone, or its client was faster
    }
    is_in_doubt_ = false;
    auto& taken = std::get<TakenSession>(answer);
    sender_ = sender_of(taken.record);
    epoch_ = taken.record.epoch;
    last_ = taken.record.trimmed + taken.queue.size();
    queue_ = std::move(taken.queue);
    try_now();
}

void Departure::on_queued(Epoch epoch, std::vector<QueuedStanza> stanzas) {
    if (epoch != epoch_ || stanzas.empty()) return;
    assert(stanzas.front().number > last_);
    last_ = stanzas.back().number;
    std::move(stanzas.begin(), stanzas.end(), std::back_inserter(queue_));
}

void Departure::read(Needs needs) {
    known_ = {.asked = std::move(needs), .users = {}, .vcard = {}};
    store_.read_users(known_.asked.users,
                      alive_.guarded([this](auto answer) { on_read(std::move(answer)); }));
}

void Departure::on_read(Store::Answer<std::vector<UserSnapshot>> answer) {
    if (const auto* error = std::get_if<StoreError>(&answer)) return try_later(*error);
    for (UserSnapshot& user : std::get<std::vector<UserSnapshot>>(answer)) {
        std::erase_if(user.routes, [this](const Route& route) {
            return std::any_of(full_.begin(), full_.end(),
                               [&](const SessionRef& full) { return full.id == route.session; });
        });
        known_.users.push_back(std::make_shared<UserSnapshot>(std::move(user)));
    }
    decide();
}

void Departure::decide() {
    assert(sender_ && epoch_ != 0);
    in_commit_ = std::min(piece_, queue_.size());
    const std::vector<QueuedStanza> piece(queue_.begin(),
                                          queue_.begin() + static_cast<std::ptrdiff_t>(in_commit_));
    is_last_ = in_commit_ == queue_.size();
    const DepartureStep step{.is_last = is_last_, .stores_offline = stores_offline_};
    Plan plan = plan_departure(*sender_, piece, known_, locality_.context(), step);
    if (plan.more) return read(std::move(*plan.more));
    if (!is_last_) plan.writes.emplace_back(Trim{piece.back().number});
    for (Write& write : plan.writes) {
        // What has come meanwhile would be lost.
        if (auto* close = std::get_if<CloseSession>(&write)) close->last = last_;
    }
    commit(std::move(plan.writes));
}

void Departure::commit(std::vector<Write> writes) {
    assert(epoch_ != 0);
    store_.commit(
        {.session = session_, .epoch = epoch_, .handled = {}, .writes = std::move(writes)},
        alive_.guarded([this](const CommitOutcome& outcome) { on_committed(outcome); }));
}

void Departure::on_committed(const CommitOutcome& outcome) {
    if (std::holds_alternative<Done>(outcome)) return on_piece_done();
    if (std::holds_alternative<Fenced>(outcome)) return finish();
    if (const auto* full = std::get_if<QueueFull>(&outcome)) return on_full(full->session);
    if (std::holds_alternative<Stale>(outcome)) {
        if (tries_ >= kTriesAtOnce) return try_later({});
        ++tries_;
        return try_now();
    }
    const StoreError error = std::get<StoreError>(outcome);
    is_in_doubt_ = is_in_doubt(error);
    try_later(error);
}

void Departure::on_piece_done() {
    if (is_last_ || !sender_) return finish();
    assert(in_commit_ <= queue_.size());
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(in_commit_));
    try_now();
}

void Departure::on_full(const SessionRef& session) {
    if (session.id.empty()) {
        // Offline messages take what there is room for; the rest goes back to its senders.
        piece_ = in_commit_ / 2;
        if (piece_ == 0) {
            stores_offline_ = false;
            piece_ = SIZE_MAX;
        }
        return try_now();
    }
    if (tries_ >= kFullTries) full_.push_back(session);
    // Its owner sends elsewhere what waits there; then there is room, or another place.
    store_.commit({.session = session_,
                   .epoch = epoch_,
                   .handled = {},
                   .writes = {EndOther{session, "resource-constraint"}}},
                  [](const CommitOutcome&) {});
    try_later({});
}

void Departure::finish() {
    // The callee may destroy us, and with us the function.
    const auto on_done = std::move(on_done_);
    on_done();
}

void Departure::try_later(std::optional<StoreError> failure) {
    if (tries_ == kWorthTelling) {
        core::Log(core::Severity::warn, "session_not_ended_yet")
            .with("tries", tries_)
            .with("why", failure ? to_string(*failure)
                                 : "others are quicker each time, or a queue is full")
            .with("remedy", failure ? remedy_of(*failure) : kNothingToDo);
    }
    const auto pause = std::min(kFirstPause * (1 << std::min(tries_, kDoublings)), kLongestPause);
    again_.start(core::spread(pause, core::random_value<std::uint32_t>()));
    ++tries_;
}

}  // namespace backend

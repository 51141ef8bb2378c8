#include "backend/departure.h"

#include <utility>

#include "core/log.h"

namespace backend {
namespace {

constexpr std::chrono::milliseconds kStalePause{20};
constexpr std::chrono::milliseconds kStorePause{1'000};
/// Then it is left as it is for whoever finds it expired.
constexpr unsigned kStaleMost = 50;

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
      again_(loop, [this] { take(); }) {
    take();
}

void Departure::take() {
    store_.take_session(session_, reason_, [this, alive = std::weak_ptr(alive_)](auto answer) {
        if (!alive.expired()) on_taken(std::move(answer));
    });
}

void Departure::on_taken(std::variant<TakenSession, TakeFailure> answer) {
    if (const auto* failure = std::get_if<TakeFailure>(&answer)) {
        if (*failure == TakeFailure::store) return try_later();
        return finish();  // gone, or its client was faster
    }
    auto& taken = std::get<TakenSession>(answer);
    sender_ = sender_of(taken.record);
    epoch_ = taken.record.epoch;
    queue_ = std::move(taken.queue);
    if (!sender_) return commit({CloseSession{}});
    read(needs_of_departure(*sender_, queue_));
}

void Departure::read(Needs needs) {
    known_ = {.asked = std::move(needs), .users = {}, .vcard = {}};
    store_.read_users(known_.asked.users, [this, alive = std::weak_ptr(alive_)](auto answer) {
        if (!alive.expired()) on_read(std::move(answer));
    });
}

void Departure::on_read(Store::Answer<std::vector<UserSnapshot>> answer) {
    if (std::holds_alternative<StoreError>(answer)) return try_later();
    known_.users = std::get<std::vector<UserSnapshot>>(std::move(answer));
    decide();
}

void Departure::decide() {
    Plan plan = plan_departure(*sender_, queue_, known_, locality_.context());
    if (plan.more) return read(std::move(*plan.more));
    commit(std::move(plan.writes));
}

void Departure::commit(std::vector<Write> writes) {
    store_.commit(
        {.session = session_, .epoch = epoch_, .handled = {}, .writes = std::move(writes)},
        [this, alive = std::weak_ptr(alive_)](const CommitOutcome& outcome) {
            if (!alive.expired()) on_committed(outcome);
        });
}

void Departure::on_committed(const CommitOutcome& outcome) {
    if (std::holds_alternative<Done>(outcome) || std::holds_alternative<Fenced>(outcome)) {
        return finish();
    }
    if (std::holds_alternative<StoreError>(outcome)) return try_later();
    if (const auto* full = std::get_if<QueueFull>(&outcome);
        full != nullptr && !full->session.id.empty()) {
        // Its owner sends what waits there elsewhere, and then there is room or another place.
        store_.commit({.session = session_,
                       .epoch = epoch_,
                       .handled = {},
                       .writes = {EndOther{full->session, "resource-constraint"}}},
                      [](const CommitOutcome&) {});
    }
    begin_again();
}

void Departure::finish() {
    // Whoever hears it may destroy us, and with us the function.
    const auto on_done = std::move(on_done_);
    on_done();
}

void Departure::begin_again() {
    if (++stale_ > kStaleMost) {
        core::Log(core::Severity::error, "session_not_ended").with("tries", stale_);
        return finish();
    }
    // We own it now, so the second take is by right.
    reason_ = TakeReason::resume;
    again_.start(kStalePause);
}

void Departure::try_later() {
    again_.start(kStorePause);
}

}  // namespace backend

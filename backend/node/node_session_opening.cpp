// How a client comes by its session: a new one, whose resource may have to be freed first, or one
// that is taken (RFC 6120 section 7, XEP-0198 section 5).

#include <algorithm>
#include <iterator>
#include <utility>

#include "backend/node/node_environment.h"
#include "backend/node/node_session.h"

namespace backend {

using xmpp::StreamErrorCondition;

namespace {

/// Rounds of freeing a resource and binding it; others may be as quick.
constexpr unsigned kOpenTries = 4;

/// How long a session must be ours before its client hears of it. When several clients ask for it
/// at once, the last one gets it, and only that one hears so.
constexpr std::chrono::milliseconds kSettleTime{50};

}  // namespace

void NodeSession::perform(OpenSession action) {
    open(std::move(action), 0);
}

void NodeSession::open(OpenSession wish, unsigned tries) {
    SessionRef ref{wish.user, SessionId(environment_.stream.make_token())};
    std::string resource = wish.resource;
    environment_.store->open_session(
        ref, std::move(resource),
        answered<CommitOutcome>([this, ref, wish = std::move(wish), tries](auto outcome) mutable {
            if (std::holds_alternative<Done>(outcome)) return on_opened(std::move(wish), ref);
            const auto* error = std::get_if<StoreError>(&outcome);
            // It may be there all the same, and nobody else would ever end it.
            if (error != nullptr && is_in_doubt(*error))
                environment_.host.depart(ref, TakeReason::resume, {});
            if (phase_ != Phase::streaming) return;
            if (std::holds_alternative<Stale>(outcome) && tries < kOpenTries) {
                return make_room(std::move(wish), tries + 1);
            }
            const auto failure =
                std::holds_alternative<Stale>(outcome) ? OpenFailure::conflict : OpenFailure::store;
            step([failure](Stream& stream) { return stream.on_open_failed(failure); });
        }));
}

/// The newer one gets the resource (RFC 6120 section 7.7.2.2): most likely it is the same client.
void NodeSession::make_room(OpenSession wish, unsigned tries) {
    const std::string user = wish.user;
    environment_.store->read_users(
        {{.user = user, .roster = false, .blocks = false}},
        answered<Store::Answer<std::vector<UserSnapshot>>>([this, wish = std::move(wish),
                                                            tries](auto answer) mutable {
            if (phase_ != Phase::streaming) return;
            const auto* read = std::get_if<std::vector<UserSnapshot>>(&answer);
            if (read == nullptr || read->empty() || !read->front().exists)
                return step(
                    [](Stream& stream) { return stream.on_open_failed(OpenFailure::store); });
            const auto& routes = read->front().routes;
            const auto other = std::find_if(routes.begin(), routes.end(), [&](const Route& route) {
                return route.resource == wish.resource;
            });
            if (other == routes.end()) return open(std::move(wish), tries);
            SessionRef older{wish.user, other->session};
            environment_.host.depart(std::move(older), TakeReason::resume,
                                     answered<>([this, wish = std::move(wish), tries]() mutable {
                                         if (phase_ == Phase::streaming)
                                             open(std::move(wish), tries);
                                     }));
        }));
}

void NodeSession::on_opened(OpenSession wish, const SessionRef& ref) {
    if (phase_ != Phase::streaming) return environment_.host.depart(ref, TakeReason::resume, {});
    auto jid = xmpp::Jid::parse(wish.user + "/" + wish.resource);
    Route route{.resource = wish.resource, .session = ref.id, .node = environment_.name};
    begin_session({ref, std::move(jid).value(), route}, 1);
    std::vector<Write> writes;
    if (wish.carbons) {
        route.carbons = true;
        writes.emplace_back(PutRoute{route});
    }
    is_inactive_ = wish.is_inactive;
    if (is_inactive_) writes.emplace_back(SetInactive{true});
    if (wish.sm) writes.emplace_back(*wish.sm);
    const auto tell = [this, id = ref.id] {
        step([&id](Stream& stream) { return stream.on_opened(id); });
    };
    if (writes.empty()) return tell();
    queue_->write(std::move(writes), [this, tell, sm = wish.sm](bool is_done) {
        is_resumable_ = is_done && sm && sm->is_resumable;
        if (is_done) return tell();
        if (phase_ != Phase::streaming) return;
        end(StreamErrorCondition::resource_constraint, "store_failed", Fate::departed);
    });
}

void NodeSession::begin_session(Sender sender, Epoch epoch) {
    queue_ = std::make_unique<StanzaQueue>(
        environment_.loop, *environment_.store, environment_.recent_users, environment_.locality,
        environment_.now, std::move(sender), epoch, static_cast<StanzaQueueEvents&>(*this));
    environment_.host.on_bound(*this);
}

void NodeSession::perform(Resume action) {
    const SessionRef ref = action.session;
    environment_.store->take_session(
        action.session, TakeReason::resume,
        answered<std::variant<TakenSession, TakeFailure>>([this, ref](auto answer) {
            if (auto* taken = std::get_if<TakenSession>(&answer))
                return on_taken(std::move(*taken));
            const auto failure = std::get<TakeFailure>(answer);
            step([failure](Stream& stream) { return stream.on_take_failed(failure); });
        }));
}

void NodeSession::on_taken(TakenSession taken) {
    auto jid = xmpp::Jid::parse(taken.record.ref.user + "/" + taken.record.resource);
    if (!jid || !taken.record.is_resumable) {
        // It ends here, as if it had not been there any more.
        environment_.host.depart(taken.record.ref, TakeReason::resume, {});
        return step([](Stream& stream) { return stream.on_take_failed(TakeFailure::not_found); });
    }
    is_resumable_ = true;
    begin_session({taken.record.ref, std::move(jid).value(), taken.record.route},
                  taken.record.epoch);
    // XEP-0352: active until it says otherwise.
    if (taken.record.is_inactive) queue_->write({SetInactive{false}}, [](bool) {});
    if (phase_ != Phase::streaming) {
        // The client was lost meanwhile: the session waits for it as before.
        fate_ = is_resumable_ ? Fate::detached : Fate::departed;
        is_fate_settled_ = false;
        return settle_fate();
    }
    auto settling = std::make_shared<TakenSession>(std::move(taken));
    delay_ = std::make_unique<core::Timer>(environment_.loop, [this, settling] {
        if (phase_ == Phase::streaming) confirm_taken(settling);
    });
    delay_->start(kSettleTime);
}

/// A commit of nothing: the store says whether the session is still ours.
void NodeSession::confirm_taken(std::shared_ptr<TakenSession> taken) {
    environment_.store->commit(
        {.session = ref(), .epoch = epoch(), .handled = {}, .writes = {}},
        answered<CommitOutcome>([this, taken = std::move(taken)](const CommitOutcome& outcome) {
            if (phase_ != Phase::streaming) return;
            if (std::holds_alternative<Fenced>(outcome))
                return end(StreamErrorCondition::conflict, "conflict", Fate::left);
            if (const auto* error = std::get_if<StoreError>(&outcome))
                return on_store_failed(*error);
            step([&](Stream& stream) {
                Actions actions = stream.on_taken(*taken);
                // In front of what came meanwhile.
                held_.insert(held_.begin(), std::make_move_iterator(taken->queue.begin()),
                             std::make_move_iterator(taken->queue.end()));
                return actions;
            });
        }));
}

}  // namespace backend

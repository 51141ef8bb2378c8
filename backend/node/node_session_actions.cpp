// What a stream asks for, done against the store, each answer handed back to it. How it comes by
// its session is backend/node/node_session_opening.cpp's.

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

#include "backend/node/client_state.h"
#include "backend/node/node_environment.h"
#include "backend/node/node_session.h"
#include "core/log.h"

namespace backend {

void NodeSession::perform(Actions actions) {
    for (Action& action : actions) {
        std::visit([this](auto& each) { perform(std::move(each)); }, action);
    }
    if (queue_) queue_->begin();
}

void NodeSession::perform(Send action) {
    connection_.send(action.bytes);
}

void NodeSession::perform(Close action) {
    connection_.send(action.bytes);
    connection_.finish();
    leave(action.detail.empty() ? kClientClosed : action.detail, Fate::departed);
}

// Login.

void NodeSession::perform(FindAccount action) {
    environment_.store->find_account(
        std::move(action.user),
        answered<Store::Answer<std::optional<Account>>>([this](auto answer) {
            step([&](Stream& stream) { return stream.on_account(std::move(answer)); });
        }));
}

void NodeSession::perform(CheckPassword action) {
    auto is_right = std::make_shared<bool>(false);
    environment_.side.run(
        [is_right, password = std::move(action.password), keys = std::move(action.keys)] {
            *is_right = is_password(password, keys);
        },
        alive_.guarded([this, is_right] {
            step([&](Stream& stream) { return stream.on_password(*is_right); });
        }));
}

void NodeSession::perform(DelayRefusal) {
    const auto delay = environment_.delays.on_failure(peer_, environment_.now());
    core::Log(core::Severity::info, "login_failed")
        .with("node", environment_.name.get())
        .with("client", peer_.address_text())
        .with("delay_ms", static_cast<std::int64_t>(delay.count()));
    delay_ = std::make_unique<core::Timer>(
        environment_.loop, [this] { step([](Stream& stream) { return stream.on_delay_over(); }); });
    delay_->start(delay);
}

// Stream management and client state.

void NodeSession::perform(EnableSm action) {
    assert(is_bound());
    const bool is_resumable = action.is_resumable;
    queue_->write({action}, [this, is_resumable](bool is_done) {
        step([&](Stream& stream) {
            is_resumable_ = is_done && is_resumable;
            return is_done ? stream.on_sm_enabled(ref().id) : stream.on_sm_failed();
        });
    });
}

void NodeSession::perform(SetInactive action) {
    assert(is_bound());
    if (is_inactive_ == action.is_inactive) return;
    is_inactive_ = action.is_inactive;
    queue_->write({action}, [](bool) {});
    deliver();
}

// Stanzas.

void NodeSession::perform(Handle action) {
    assert(is_bound());
    queue_->handle(std::move(action));
}

void NodeSession::perform(Acked action) {
    assert(is_bound());
    queue_->trim(action.up_to);
}

void NodeSession::on_queued(std::vector<QueuedStanza> stanzas) {
    if (phase_ != Phase::streaming) return;
    std::move(stanzas.begin(), stanzas.end(), std::back_inserter(held_));
    go_on();
}

/// Only while it holds back nothing that cannot wait: the order stays.
bool NodeSession::may_hold_back() const {
    return is_inactive_ && held_.size() <= kHeldBackMost &&
           std::all_of(held_.begin(), held_.end(),
                       [](const QueuedStanza& held) { return can_wait(held.bytes); });
}

/// Writes what is held, as far as the client takes it.
void NodeSession::deliver() {
    assert(is_bound() || held_.empty());
    if (may_hold_back()) return;
    bool has_written = false;
    while (!held_.empty() && stream_->takes_stanzas() &&
           connection_.pending_output() < environment_.watermarks.high) {
        QueuedStanza next = std::move(held_.front());
        held_.pop_front();
        queue_->note_written(next.number, next.bytes.size());
        perform(stream_->write_stanza(next.number, std::move(next.bytes)));
        has_written = true;
    }
    if (!has_written || phase_ != Phase::streaming) return;
    perform(stream_->ask_for_ack());
    watch_for_silence();
}

/// A client may vanish while its TCP connection seems to live (RFC 6120 section 4.6.2). So a client
/// that was asked must answer.
void NodeSession::watch_for_silence() {
    if (silence_ || !stream_->expects_ack()) return;
    has_spoken_ = false;
    silence_ = std::make_unique<core::Timer>(environment_.loop, [this] { on_silence(); });
    silence_->start(environment_.limits.silence);
}

void NodeSession::on_silence() {
    if (phase_ != Phase::streaming || !stream_->expects_ack()) return silence_.reset();
    // While we do not listen, its silence is ours.
    if (std::exchange(has_spoken_, false) || stream_->is_waiting())
        return silence_->start(environment_.limits.silence);
    cut("client_silent");
}

}  // namespace backend

// The backend leg of a session: passing over those that are of no use, and what ends with it.

#include <string>
#include <utility>

#include "proxy/session/session.h"

namespace proxy {

using xmpp::StreamErrorCondition;

void Session::on_link_open(const OpenedBackend& backend) {
    relay_.restart_backend();  // it may take the place of one that has not said enough
    relay_.set_backend({.bindings = backend.bindings,
                        .owner = backend.owner,
                        .pool = backend.pool,
                        .resume_anywhere = backend.resume_anywhere});
    is_together_ = backend.together;
    asks_for_users_ = backend.pool->settings().route == conf::RouteBy::user;
    // The owner of a session was not reached.
    if (!backend.is_first && routed_by_ != RoutedBy::domain) routed_by_ = RoutedBy::user;
    start_step(backend.answer_timeout);
}

/// The client that learns of its session may be back at once, at another worker.
class Session::ToClient final : public ByteSink {
public:
    explicit ToClient(Session& session) : session_(session) {}
    bool send(std::string_view bytes) override {
        if (session_.relay_.is_resumable() && !session_.is_remembered_) session_.remember_user();
        return session_.client_->send(bytes);
    }

private:
    Session& session_;
};

std::size_t Session::on_link_bytes(std::string_view window) {
    if (stage_ != Stage::relaying && stage_ != Stage::routing) return window.size();
    ToClient to_client(*this);
    const RelayStep step = relay_.on_backend_bytes(window, to_client);
    host_.session_counts().note(Sender::backend, step);
    // Both deadlines go at login; from then on there is nothing to note but the end.
    if (login_deadline_ != nullptr) {
        note_progress();
        if (is_ending()) return window.size();
    }
    if (step.end) {
        backend_broke_rules(*step.end);
        return window.size();
    }
    if (step.sink_is_full) link_->pause_reading();
    if (relay_.is_over()) start_goodbyes();
    return step.consumed;
}

void Session::note_progress() {
    tell_failed_logins();
    if (stage_ == Stage::routing && relay_.has_answered()) begin_relaying();
    // Where one side has closed, the other's goodbye is waited for now.
    if (relay_.has_answered() && !relay_.is_over()) step_deadline_.reset();
    if (relay_.is_logged_in()) {
        login_deadline_.reset();
        if (const auto backend = backend_id()) host_.note_login(*backend, link_->pool_name());
        if (is_together_) remember_user();
        if (const auto why = host_.count_login(*this)) end_at_limit(*why);
    } else if (relay_.has_begun_registration() && !registers_) {
        registers_ = true;  // once, whatever else is asked and answered
        login_deadline_->start(host_.limits().registration);
    }
}

void Session::tell_failed_logins() {
    FailedLogins failed = relay_.take_failed_logins();
    if (standing_ == AddressStanding::unlimited) failed.guesses = 0;
    if (failed.count > 0) host_.note_failed_logins(identity(), failed);
}

void Session::begin_relaying() {
    enter(Stage::relaying);
    opening_.reset();
    link_->settle();
    host_.note_routed(identity(), client_->facts(), routed_by_);
    client_->settle();
    relay_.send_login(*link_);
    client_->resume_reading();
}

void Session::remember_user() {
    is_remembered_ = true;
    // Also who came before the offers were known, and was routed by domain: the next one is not.
    if (!asks_for_users_ || relay_.user().empty()) return;
    host_.remembered_users().note_session(relay_.user(), relay_.owner(), host_.now());
}

void Session::note_end_of_remembered(bool is_kept) {
    if (!is_remembered_ || !asks_for_users_ || relay_.user().empty()) return;
    auto keeps = relay_.resume_time();
    if (keeps.count() == 0) keeps = std::chrono::ceil<std::chrono::seconds>(host_.remembers_for());
    if (!is_kept || !relay_.is_resumable()) keeps = std::chrono::seconds(0);
    host_.remembered_users().note_end(relay_.user(), relay_.owner(), keeps, host_.now());
}

void Session::backend_broke_rules(const RelayEnd& broken) {
    if (!relay_.has_answered()) {
        const bool refused = broken.reason == EndReason::backend_error;
        if (refused) refusal_ = broken.condition;
        try_next_backend(refused                                      ? LinkFailure::refused
                         : broken.reason == EndReason::backend_closed ? LinkFailure::ended_early
                                                                      : LinkFailure::bad_answer,
                         broken.detail);
    } else {
        // Also a client that can resume: the same bytes would come again, for ever.
        end_with_error(broken.reason, broken.condition, "the server failed, connect again",
                       broken.detail);
    }
}

void Session::try_next_backend(LinkFailure why, std::string_view detail) {
    step_deadline_.reset();
    link_->try_next(why, detail);
}

void Session::on_link_failed(LinkFailure why) {
    switch (why) {
        case LinkFailure::host_not_found:
        case LinkFailure::unreachable:
        case LinkFailure::timed_out:
        case LinkFailure::self_loop:
            end_without_backend(EndReason::no_backend, StreamErrorCondition::internal_server_error,
                                "no server is available, try again later", to_string(why));
            break;
        case LinkFailure::silent:
            end_without_backend(EndReason::backend_timeout,
                                StreamErrorCondition::internal_server_error,
                                "the server does not answer, try again later", to_string(why));
            break;
        case LinkFailure::tls_failed:
        case LinkFailure::bad_certificate:
        case LinkFailure::certificate_differs:
        case LinkFailure::no_starttls:
        case LinkFailure::ended_early:
        case LinkFailure::bad_answer:
            end_without_backend(EndReason::backend_refused,
                                StreamErrorCondition::internal_server_error,
                                "the server cannot be used, try again later", to_string(why));
            break;
        case LinkFailure::refused:
            // No candidate wants this stream, so the client hears what the last one said of it.
            end_with_error(EndReason::backend_error, *refusal_, "the server refused the stream",
                           xmpp::to_string(*refusal_));
            break;
    }
}

void Session::end_without_backend(EndReason reason, StreamErrorCondition condition,
                                  std::string_view text, std::string_view detail) {
    const std::string farewell = relay_.refuse_login(text);
    tell_failed_logins();
    if (farewell.empty()) {
        end_with_error(reason, condition, text, detail);
    } else {
        end(reason, farewell, detail);
    }
}

void Session::on_link_end() {
    backend_is_gone("end_of_tcp");
}

void Session::on_link_lost(std::string_view detail) {
    backend_is_gone(std::string(detail));
}

void Session::backend_is_gone(std::string_view detail) {
    if (!relay_.has_answered()) {
        try_next_backend(LinkFailure::ended_early, detail);
        return;
    }
    if (relay_.is_over()) {
        // Also after a stream error without an end tag, which is all that is missing then.
        end(reason_of_goodbye(), relay_.backend_closed() ? std::string_view() : xmpp::kStreamEnd,
            detail_of_goodbye());
    } else if (relay_.is_resumable()) {
        // The backend may be back, or another node may know the session: the client shall try to
        // resume.
        end(EndReason::backend_lost, {}, detail);
    } else {
        end_with_error(EndReason::backend_lost, StreamErrorCondition::internal_server_error,
                       "the server was lost, connect again", detail);
    }
}

void Session::on_link_drained() {
    if (stage_ != Stage::relaying) return;
    if (ClientPace* const pace = opening_.second()) {
        pace->is_link_full = false;
        if (pace->is_paused) return;
    }
    client_->resume_reading();
}

}  // namespace proxy

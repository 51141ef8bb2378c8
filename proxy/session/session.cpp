#include "proxy/session/session.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <string>
#include <utility>

#include "xmpp/starttls.h"
#include "xmpp/stream_error.h"
#include "xmpp/stream_header.h"

namespace proxy {

using xmpp::StreamErrorCondition;

namespace {

/// For one who has waited as long as a login may take.
constexpr std::chrono::seconds kLeastLogin{1};

}  // namespace

Session::Session(SessionHost& host, const Frontend& frontend, std::unique_ptr<ClientLeg> client,
                 std::uint32_t number)
    : host_(host),
      frontend_(frontend),
      client_(std::move(client)),
      relay_(host.scan_work(), host.relay_limits(), host.resumption()),
      started_(host.now()),
      number_(number) {
    opening_ = std::make_unique<Opening>(relay_.client_scanner(), frontend.negotiation);
    login_deadline_ = host.make_deadline([this] {
        end_with_error(EndReason::login_timeout, StreamErrorCondition::connection_timeout,
                       "log in faster", "");
    });
}

Session::~Session() = default;

void Session::begin(std::chrono::milliseconds waited) {
    // In whole seconds: the loop knows few different durations best.
    const auto left = std::max<std::chrono::milliseconds>(
        host_.limits().login - std::chrono::floor<std::chrono::seconds>(waited), kLeastLogin);
    opening_->login_by = started_ + left;
    login_deadline_->start(left);
    client_->begin(*this);
    if (frontend_.negotiation.begins == LegBegins::with_tls) start_tls({});
}

void Session::note_limits() {
    relay_.set_limits(host_.relay_limits());
}

void Session::enter(Stage next) {
    switch (next) {
        case Stage::negotiating: assert(false); break;  // it begins there
        case Stage::routing: assert(stage_ == Stage::negotiating); break;
        case Stage::relaying: assert(stage_ == Stage::routing); break;
        case Stage::closing: assert(!is_ending()); break;
        case Stage::finished: assert(stage_ == Stage::closing); break;
    }
    stage_ = next;
}

// The client leg.

std::size_t Session::on_client_bytes(std::string_view window) {
    switch (stage_) {
        case Stage::relaying: return relay_from_client(window);
        case Stage::negotiating: return negotiate(window);
        case Stage::routing:
            // What came along with the header waits. Who waits in line is read, so that its end is
            // seen.
            if (window.size() > Opening::kReadAhead) client_->pause_reading();
            return 0;
        case Stage::closing:
        case Stage::finished: break;
    }
    return window.size();
}

std::size_t Session::negotiate(std::string_view window) {
    std::size_t done = 0;
    while (stage_ == Stage::negotiating &&
           opening_->negotiation.state() != Negotiation::State::tls) {
        Negotiation::Step step = opening_->negotiation.feed(window.substr(done));
        done += step.consumed;
        if (step.action) {
            std::visit([this](auto&& what) { perform(std::move(what)); }, *std::move(step.action));
        } else if (step.consumed == 0) {
            break;
        }
    }
    return stage_ == Stage::closing ? window.size() : done;
}

void Session::perform(const Answer& answer) {
    client_->send(answer.bytes);
}

void Session::perform(const StartTls& start) {
    client_->send(xmpp::kProceed);
    start_tls(start.domain);
}

void Session::start_tls(std::string_view domain) {
    const auto started = client_->start_tls(domain);
    if (!started) {
        end(EndReason::tls_failed, {}, started.error());
        return;
    }
    start_step(host_.limits().handshake);
}

void Session::on_client_secured() {
    // A handshake whose deadline has passed may end all the same.
    if (stage_ != Stage::negotiating) return;
    step_deadline_.reset();
    opening_->negotiation.on_secured();
}

void Session::perform(Route route) {
    enter(Stage::routing);
    client_->pause_reading();
    if (route.login) {
        opening_->is_inline = route.login->profile == xmpp::SaslProfile::sasl2;
        relay_.begin(route.domain, *std::exchange(route.login, std::nullopt), route.user);
        routed_by_ = RoutedBy::user;
    } else {
        relay_.begin(route.domain, route.header.bindings);
        routed_by_ = RoutedBy::domain;
    }
    opening_->route = std::move(route);
    if (!is_refused_login()) choose_backend();
}

bool Session::is_refused_login() {
    const auto why = host_.refuse_login(*this);
    if (why) end_at_limit(*why);
    return why.has_value();
}

void Session::end_at_limit(Refused why) {
    end_with_error(EndReason::address_limit, StreamErrorCondition::policy_violation, words_of(why),
                   to_string(why));
}

void Session::perform(const End& what) {
    if (what.condition) host_.session_counts().note_error(ErrorFrom::proxy, *what.condition);
    end(what.reason, what.bytes, what.detail);
}

std::size_t Session::relay_from_client(std::string_view window) {
    if (!relay_.is_logged_in()) return is_refused_login() ? window.size() : relay_some(window);
    return host_.limits().rate.is_on() ? relay_at_rate(window) : relay_some(window);
}

std::size_t Session::relay_some(std::string_view window) {
    std::size_t done = 0;
    for (bool is_done = false; !is_done;) {
        const RelayStep step = relay_.on_client_bytes(window.substr(done), *link_);
        done += step.consumed;
        host_.session_counts().note(Sender::client, step);
        if (step.end) {
            end_with_error(step.end->reason, step.end->condition, step.end->text, step.end->detail);
            return window.size();
        }
        if (step.sink_is_full) client_->pause_reading();
        if (ClientPace* const pace = opening_.second()) {
            pace->others += step.stanzas.others();
            if (step.sink_is_full) pace->is_link_full = true;
        }
        is_done = step.reply.empty();
        client_->send(step.reply);
    }
    if (relay_.is_over()) start_goodbyes();
    return done;
}

void Session::on_client_broke_rules(const ClientFault& fault) {
    // In words to the backend, too: a client that resumed would send the same bytes again.
    end_with_error(fault.is_of_frames ? EndReason::bad_frame : EndReason::bad_client_xml,
                   fault.condition, fault.text, fault.rule);
}

void Session::on_client_drained() {
    if (link_) link_->resume_reading();
}

void Session::on_client_end() {
    switch (stage_) {
        case Stage::negotiating:
            if (opening_->negotiation.state() == Negotiation::State::tls) {
                end(EndReason::tls_failed, {}, "the client ended the connection in the handshake");
            } else {
                end(EndReason::client_lost, {}, to_string(opening_->negotiation.state()));
            }
            break;
        case Stage::routing: end(EndReason::client_lost, {}, "routing"); break;
        case Stage::relaying:
            if (relay_.client_closed()) {
                link_->finish();
            } else if (relay_.is_over()) {
                end(reason_of_goodbye(), {}, detail_of_goodbye());
            } else {
                end(EndReason::client_lost, {}, "end_of_tcp");
            }
            break;
        case Stage::closing:
        case Stage::finished: break;
    }
}

void Session::on_client_lost(ClientLoss why, std::string_view detail) {
    const bool in_handshake =
        stage_ == Stage::negotiating && opening_->negotiation.state() == Negotiation::State::tls;
    if (stage_ == Stage::relaying && relay_.is_over()) {
        end(reason_of_goodbye(), {}, detail_of_goodbye(detail));
        return;
    }
    end(in_handshake || why == ClientLoss::tls ? EndReason::tls_failed : EndReason::client_lost, {},
        detail);
}

// Deadlines.

void Session::start_step(std::chrono::milliseconds limit) {
    step_deadline_ = host_.make_deadline([this] { on_step_deadline(); });
    step_deadline_->start(limit);
}

void Session::start_goodbyes() {
    if (stage_ == Stage::relaying && step_deadline_ == nullptr) start_step(host_.limits().close);
}

void Session::on_step_deadline() {
    switch (stage_) {
        case Stage::negotiating: end(EndReason::tls_failed, {}, "handshake_timeout"); break;
        case Stage::routing: try_next_backend(LinkFailure::silent, "answer_timeout"); break;
        case Stage::relaying:
            end(reason_of_goodbye(),
                relay_.backend_closed() ? std::string_view() : xmpp::kStreamEnd,
                detail_of_goodbye("close_timeout"));
            break;
        case Stage::closing:
            client_->abandon();
            if (link_) link_->abandon();
            finish_if_done();
            break;
        case Stage::finished: break;
    }
}

// The end.

EndReason Session::reason_of_goodbye() const {
    if (!relay_.backend_error().empty()) return EndReason::backend_error;
    return relay_.client_closed() ? EndReason::client_closed : EndReason::backend_closed;
}

std::string_view Session::detail_of_goodbye(std::string_view otherwise) const {
    return relay_.backend_error().empty() ? otherwise : relay_.backend_error();
}

void Session::evict(EndReason reason, StreamErrorCondition condition, std::string_view text,
                    bool may_come_back) {
    if (stage_ == Stage::relaying && relay_.is_resumable() && may_come_back) {
        end(reason, {}, "resumable");
    } else {
        end_with_error(reason, condition, text, {});
    }
}

void Session::end_with_error(EndReason reason, StreamErrorCondition condition,
                             std::string_view text, std::string_view detail) {
    std::string farewell;
    if (opening_) {
        farewell = opening_->negotiation.refuse(condition, text);
    } else if (relay_.owes_header()) {
        farewell = xmpp::refuse_stream(
            {.from = relay_.domain(), .id = frontend_.negotiation.make_stream_id()}, condition,
            text);
    } else if (!relay_.backend_closed()) {
        // One error is enough: after the backend's own only the end tag is missing.
        farewell = relay_.backend_error().empty() ? xmpp::stream_error_and_close(condition, text)
                                                  : std::string(xmpp::kStreamEnd);
    }
    const bool is_said = !farewell.empty() && farewell != xmpp::kStreamEnd;
    if (is_said && !is_ending()) host_.session_counts().note_error(ErrorFrom::proxy, condition);
    end(reason, farewell, detail);
}

void Session::end(EndReason reason, std::string_view farewell, std::string_view detail) {
    if (is_ending()) return;
    host_.note_end(identity(),
                   {.stanzas_in = relay_.stanzas_in(), .stanzas_out = relay_.stanzas_out()}, reason,
                   detail);
    if (const auto reported = xmpp::condition_named(relay_.backend_error()))
        host_.session_counts().note_error(ErrorFrom::backend, *reported);
    leave_line();
    enter(Stage::closing);
    end_pause();
    login_deadline_.reset();
    if (link_) {
        // Both sides hear the same. A client that hears that its stream is over cannot resume it
        // (RFC 6120 section 4.9.1.1), so the backend shall not keep it either; one whose TCP is cut
        // may, so the backend sees no more than that.
        const bool is_said = !farewell.empty() || relay_.is_over();
        if (is_said && !link_->is_gone()) link_->send(relay_.goodbye_to_backend());
        link_->leave(is_said ? Parting::said : Parting::client_lost);
        note_end_of_remembered(!is_said);
    }
    client_->send(farewell);
    client_->finish();
    start_step(host_.limits().close);
    finish_if_done();
}

void Session::finish_if_done() {
    if (stage_ != Stage::closing || !client_->is_gone() || (link_ && !link_->is_gone())) return;
    enter(Stage::finished);
    step_deadline_.reset();
    host_.release(*this);
}

}  // namespace proxy

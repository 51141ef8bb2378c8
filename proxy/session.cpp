#include "proxy/session.h"

#include <string>
#include <utility>

#include "core/tls_facts.h"
#include "proxy/worker.h"
#include "xmpp/starttls.h"
#include "xmpp/stream_error.h"

namespace proxy {

using xmpp::StreamErrorCondition;

namespace {

class ClientSink final : public ByteSink {
public:
    explicit ClientSink(core::Connection& client) : client_(client) {}
    bool send(std::string_view bytes) override { return client_.send(bytes); }

private:
    core::Connection& client_;
};

constexpr std::string_view kStreamEnd = "</stream:stream>";

}  // namespace

Session::Session(Worker& worker, const Frontend& frontend, core::Fd client,
                 const core::Endpoint& peer, std::uint32_t number)
    : worker_(worker),
      frontend_(frontend),
      client_(worker.loop(), std::move(client), static_cast<core::ConnectionEvents&>(*this),
              worker.watermarks()),
      relay_(worker.scan_work(), worker.limits_after_login()),
      peer_(peer),
      started_(core::Clock::now()),
      number_(number) {
    negotiation_ = std::make_unique<Negotiation>(relay_.client_scanner(), frontend.negotiation);
    login_deadline_ = std::make_unique<core::Timer>(worker.loop(), [this] {
        end_with_error(EndReason::login_timeout, StreamErrorCondition::connection_timeout,
                       "log in faster", "");
    });
    login_deadline_->start(worker.config().limits.login);
    if (frontend.negotiation.direct_tls) start_tls({});
    client_.resume_reading();
}

Session::~Session() = default;

// The client leg.

std::size_t Session::on_bytes(std::string_view window) {
    switch (stage_) {
        case Stage::relaying: return relay_from_client(window);
        case Stage::negotiating: return negotiate(window);
        case Stage::routing: return 0;  // not reading; what came along with the header waits
        case Stage::closing:
        case Stage::finished: break;
    }
    return window.size();
}

std::size_t Session::negotiate(std::string_view window) {
    std::size_t done = 0;
    while (stage_ == Stage::negotiating && negotiation_->state() != Negotiation::State::tls) {
        Negotiation::Step step = negotiation_->feed(window.substr(done));
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
    client_.send(answer.bytes);
}

void Session::perform(const StartTls& start) {
    client_.send(xmpp::kProceed);
    start_tls(start.domain);
}

void Session::start_tls(std::string_view domain) {
    core::Ssl ssl = worker_.new_tls_session(frontend_, domain);
    if (!ssl) {
        // Memory is out, or OpenSSL does not like the certificates of this domain.
        end(EndReason::tls_failed, {}, "no_tls_session");
        return;
    }
    client_.start_tls(std::move(ssl), core::Connection::TlsRole::accepting);
    start_step(worker_.config().limits.handshake);
}

void Session::on_secured() {
    // A handshake whose deadline has passed may end all the same.
    if (stage_ != Stage::negotiating) return;
    step_deadline_.reset();
    negotiation_->on_secured();
}

void Session::perform(Route route) {
    stage_ = Stage::routing;
    client_.pause_reading();
    routed_by_user_ = route.login.has_value();
    if (route.login) {
        relay_.begin(route.domain, *std::move(route.login), route.user);
    } else {
        relay_.begin(route.domain);
    }
    open_link(route);
}

void Session::open_link(const Route& route) {
    balancer::RoutingKey key{.domain = route.domain, .client = peer_, .user = {}};
    if (!route.user.empty()) key.user = route.user;
    auto candidates = worker_.router().route(key, core::Clock::now());
    if (candidates) {
        link_ = worker_.open_link({.candidates = std::move(candidates).value(),
                                   .domain = route.domain,
                                   .opening = xmpp::write_initial_header(route.header),
                                   .facts = facts()},
                                  *this);
        return;
    }
    switch (candidates.error()) {
        case balancer::RouteFailure::unknown_domain:
            end_with_error(EndReason::host_unknown, StreamErrorCondition::host_unknown,
                           "this domain is not served here", "");
            break;
        case balancer::RouteFailure::no_backend:
            end_with_error(EndReason::no_backend, StreamErrorCondition::internal_server_error,
                           "no server is available, try again later", "no_open_backend");
            break;
        case balancer::RouteFailure::all_full:
            end_with_error(EndReason::pool_full, StreamErrorCondition::resource_constraint,
                           "all servers are full, try again later", "");
            break;
    }
}

void Session::perform(const End& what) {
    end(what.reason, what.bytes, what.detail);
}

std::size_t Session::relay_from_client(std::string_view window) {
    const RelayStep step = relay_.on_client_bytes(window, *link_);
    if (step.end) {
        // The backend sees a lost TCP, not an end of the stream: what it has is whole, and a client
        // that comes back can resume (XEP-0198).
        end_with_error(step.end->reason, step.end->condition, {}, step.end->detail);
        return window.size();
    }
    if (step.sink_is_full) client_.pause_reading();
    if (relay_.client_closed()) start_goodbyes();
    return step.consumed;
}

void Session::on_drained() {
    if (stage_ == Stage::closing) {
        // It may be the low watermark only.
        if (client_ended_ && client_.pending_output() == 0) client_done_ = true;
        finish_if_done();
    } else if (link_) {
        link_->resume_reading();
    }
}

void Session::on_end() {
    client_ended_ = true;
    switch (stage_) {
        case Stage::negotiating:
            end(negotiation_->state() == Negotiation::State::tls ? EndReason::tls_failed
                                                                 : EndReason::client_lost,
                {}, to_string(negotiation_->state()));
            break;
        case Stage::routing: end(EndReason::client_lost, {}, "routing"); break;
        case Stage::relaying:
            if (relay_.client_closed()) {
                link_->finish();
            } else {
                end(EndReason::client_lost, {}, "end_of_tcp");
            }
            break;
        case Stage::closing:
            if (client_.pending_output() == 0) client_done_ = true;
            finish_if_done();
            break;
        case Stage::finished: break;
    }
}

void Session::on_broken(core::Broken why, std::string_view detail) {
    client_ended_ = client_done_ = true;
    // The words of the failure may live in the TLS object that closing frees.
    const std::string words(detail);
    const bool in_handshake =
        stage_ == Stage::negotiating && negotiation_->state() == Negotiation::State::tls;
    client_.close();
    if (stage_ == Stage::closing) {
        finish_if_done();
        return;
    }
    const EndReason reason = in_handshake || why == core::Broken::tls_failed ? EndReason::tls_failed
                             : stage_ == Stage::relaying && relay_.client_closed()
                                 ? EndReason::client_closed
                                 : EndReason::client_lost;
    end(reason, {}, words);
}

// The backend leg.

void Session::on_link_open(std::chrono::milliseconds answer_timeout) {
    start_step(answer_timeout);
}

std::size_t Session::on_link_bytes(std::string_view window) {
    if (stage_ != Stage::relaying && stage_ != Stage::routing) return window.size();
    ClientSink to_client(client_);
    const RelayStep step = relay_.on_backend_bytes(window, to_client);
    // Both deadlines go at login; from then on there is nothing to note but the end.
    if (login_deadline_ != nullptr) note_progress();
    if (step.end) {
        backend_broke_rules(*step.end);
        return window.size();
    }
    if (step.sink_is_full) link_->pause_reading();
    if (relay_.backend_closed()) start_goodbyes();
    return step.consumed;
}

void Session::note_progress() {
    if (stage_ == Stage::routing && relay_.has_answered()) begin_relaying();
    // A client that has closed waits for the goodbye now.
    if (relay_.has_offered() && !relay_.client_closed()) step_deadline_.reset();
    if (relay_.is_logged_in()) {
        login_deadline_.reset();
        if (const auto backend = backend_id()) worker_.note_login(*backend);
    }
}

void Session::begin_relaying() {
    stage_ = Stage::relaying;
    negotiation_.reset();
    link_->settle();
    log_session_routed(identity(), core::tls_facts(client_.ssl()),
                       routed_by_user_ ? conf::RouteBy::user : conf::RouteBy::domain);
    relay_.send_login(*link_);
    client_.resume_reading();
}

void Session::backend_broke_rules(const RelayEnd& broken) {
    if (!relay_.has_answered()) {
        const bool refused = broken.reason == EndReason::backend_error;
        if (refused) refusal_ = broken.condition;
        try_next_backend(refused ? LinkFailure::refused : LinkFailure::bad_answer, broken.detail);
    } else if (relay_.is_resumable()) {
        end(broken.reason, {}, broken.detail);
    } else {
        end_with_error(broken.reason, broken.condition, "the server failed, connect again",
                       broken.detail);
    }
}

void Session::try_next_backend(LinkFailure why, std::string_view detail) {
    step_deadline_.reset();
    relay_.restart_backend();
    link_->try_next(why, detail);
}

void Session::on_link_failed(LinkFailure why) {
    backend_done_ = true;
    switch (why) {
        case LinkFailure::unreachable:
        case LinkFailure::timed_out:
        case LinkFailure::self_loop:
            end_with_error(EndReason::no_backend, StreamErrorCondition::internal_server_error,
                           "no server is available, try again later", to_string(why));
            break;
        case LinkFailure::silent:
            end_with_error(EndReason::backend_timeout, StreamErrorCondition::internal_server_error,
                           "the server does not answer, try again later", to_string(why));
            break;
        case LinkFailure::tls_failed:
        case LinkFailure::no_starttls:
        case LinkFailure::bad_answer:
            end_with_error(EndReason::backend_refused, StreamErrorCondition::internal_server_error,
                           "the server cannot be used, try again later", to_string(why));
            break;
        case LinkFailure::refused:
            // No candidate wants this stream, so the client is told what the last one said of it.
            end_with_error(EndReason::backend_error, *refusal_, "the server refused the stream",
                           xmpp::to_string(*refusal_));
            break;
    }
}

void Session::on_link_end() {
    if (stage_ == Stage::closing) {
        backend_done_ = true;
        finish_if_done();
        return;
    }
    backend_is_gone("end_of_tcp");
}

void Session::on_link_lost(std::string_view detail) {
    const std::string words(detail);
    if (stage_ == Stage::closing) {
        backend_done_ = true;
        finish_if_done();
        return;
    }
    backend_is_gone(words);
}

void Session::backend_is_gone(std::string_view detail) {
    if (!relay_.has_answered()) {
        try_next_backend(LinkFailure::bad_answer, detail);
        return;
    }
    backend_done_ = true;
    if (relay_.backend_closed() || relay_.client_closed()) {
        end(reason_of_goodbye(), relay_.backend_closed() ? std::string_view() : kStreamEnd, {});
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
    if (stage_ == Stage::relaying) client_.resume_reading();
}

// Deadlines.

void Session::start_step(std::chrono::milliseconds limit) {
    step_deadline_ = std::make_unique<core::Timer>(worker_.loop(), [this] { on_step_deadline(); });
    step_deadline_->start(limit);
}

void Session::start_goodbyes() {
    if (stage_ == Stage::relaying && step_deadline_ == nullptr)
        start_step(worker_.config().limits.close);
}

void Session::on_step_deadline() {
    switch (stage_) {
        case Stage::negotiating: end(EndReason::tls_failed, {}, "handshake_timeout"); break;
        case Stage::routing: try_next_backend(LinkFailure::silent, "answer_timeout"); break;
        case Stage::relaying:
            if (relay_.has_offered()) {
                end(reason_of_goodbye(), relay_.backend_closed() ? std::string_view() : kStreamEnd,
                    "close_timeout");
            } else {
                end_with_error(EndReason::backend_timeout,
                               StreamErrorCondition::internal_server_error,
                               "the server does not answer, connect again", "features_timeout");
            }
            break;
        case Stage::closing:
            client_done_ = backend_done_ = true;
            finish_if_done();
            break;
        case Stage::finished: break;
    }
}

// The end.

EndReason Session::reason_of_goodbye() const {
    if (!relay_.client_error().empty()) return EndReason::client_error;
    if (!relay_.backend_error().empty()) return EndReason::backend_error;
    return relay_.client_closed() ? EndReason::client_closed : EndReason::backend_closed;
}

void Session::evict(EndReason reason, StreamErrorCondition condition, std::string_view text) {
    if (stage_ == Stage::relaying && relay_.is_resumable()) {
        end(reason, {}, "resumable");
    } else {
        end_with_error(reason, condition, text, {});
    }
}

void Session::end_with_error(EndReason reason, StreamErrorCondition condition,
                             std::string_view text, std::string_view detail) {
    std::string farewell;
    if (negotiation_) {
        farewell = negotiation_->refuse(condition, text);
    } else if (!relay_.backend_closed()) {
        farewell = xmpp::stream_error_and_close(condition, text);
    }
    end(reason, farewell, detail);
}

void Session::end(EndReason reason, std::string_view farewell, std::string_view detail) {
    if (stage_ == Stage::closing || stage_ == Stage::finished) return;
    log_session_end(identity(),
                    {.stanzas_in = relay_.stanzas_in(), .stanzas_out = relay_.stanzas_out()},
                    reason, detail);
    stage_ = Stage::closing;
    login_deadline_.reset();
    if (link_ && link_->is_open() && !backend_done_) {
        link_->finish();
        link_->resume_reading();
    } else {
        if (link_) link_->finish();
        backend_done_ = true;
    }
    if (!client_done_) {
        client_.send(farewell);
        client_.finish();
        client_.resume_reading();
        client_done_ = client_ended_ && client_.pending_output() == 0;
    }
    start_step(worker_.config().limits.close);
    finish_if_done();
}

void Session::finish_if_done() {
    if (!client_done_ || !backend_done_ || stage_ != Stage::closing) return;
    stage_ = Stage::finished;
    step_deadline_.reset();
    worker_.release(*this);
}

// What is told about the session.

std::string Session::name() const {
    return "w" + std::to_string(worker_.index()) + "-" + std::to_string(number_);
}

ClientFacts Session::facts() const {
    ClientFacts facts;
    facts.client = peer_;
    facts.local = client_.local();
    facts.unique_id = name();
    if (client_.is_secure()) {
        const core::TlsFacts tls = core::tls_facts(client_.ssl());
        facts.is_secure = true;
        facts.tls_version = tls.version;
        facts.tls_cipher = tls.cipher;
        facts.alpn = tls.alpn;
        facts.sni = tls.sni;
    }
    return facts;
}

std::string_view Session::kind() const {
    return frontend_.negotiation.direct_tls ? "c2s-tls" : "c2s";
}

SessionIdentity Session::identity() const {
    return {.name = name(),
            .peer = peer_,
            .started = started_,
            .kind = kind(),
            .domain = relay_.domain(),
            .user = relay_.user(),
            .pool = link_ ? link_->pool_name() : std::string_view(),
            .backend = link_ ? link_->backend_name() : std::string_view()};
}

std::optional<balancer::BackendId> Session::backend_id() const {
    return link_ ? link_->backend_id() : std::nullopt;
}

SessionFacts Session::facts_for_operator() const {
    const SessionIdentity known = identity();
    return {.id = known.name,
            .peer = known.peer,
            .kind = std::string(known.kind),
            .state = std::string(name_of(stage_)),
            .domain = std::string(known.domain),
            .user = std::string(known.user),
            .pool = std::string(known.pool),
            .backend = std::string(known.backend),
            .age = std::chrono::duration_cast<std::chrono::seconds>(core::Clock::now() - started_),
            .stanzas_in = relay_.stanzas_in(),
            .stanzas_out = relay_.stanzas_out(),
            .is_resumable = relay_.is_resumable()};
}

std::string_view Session::name_of(Stage stage) {
    switch (stage) {
        case Stage::negotiating: return "negotiating";
        case Stage::routing: return "routing";
        case Stage::relaying: return "relaying";
        case Stage::closing: return "closing";
        case Stage::finished: return "finished";
    }
    return "unknown";
}

}  // namespace proxy

#include "proxy/web/web_connection.h"

#include <array>
#include <cassert>
#include <utility>

#include "core/log.h"
#include "http/error_page.h"
#include "proxy/web/web_shared.h"

namespace proxy {

namespace {

/// Of requests that come before the last one is answered; then reading stops.
constexpr std::size_t kPipelinedMost = 16 * 1024;

}  // namespace

WebConnection::WebConnection(WebShared& shared, std::shared_ptr<const WebDoor> door,
                             AcceptedClient client)
    : shared_(shared),
      door_(std::move(door)),
      connection_(std::make_unique<core::Connection>(shared.loop(), std::move(client.socket),
                                                     static_cast<core::ConnectionEvents&>(*this),
                                                     shared.watermarks())),
      reader_(shared.head_limits()),
      clock_(shared.loop(), [this] { on_clock(); }),
      place_(std::move(client.place)),
      peer_(client.peer),
      local_(client.local),
      client_(client.peer) {}

WebConnection::~WebConnection() = default;

void WebConnection::begin() {
    if (door_->is_clear) {
        wait_for_request();
        connection_->resume_reading();
        return;
    }
    core::TlsServerContext& tls = shared_.tls(*door_);
    core::Ssl ssl = tls.new_session();
    if (!ssl) return vanish();
    connection_->start_tls(std::move(ssl), core::Connection::TlsRole::accepting,
                           core::Connection::ClearTail::nothing, tls.record_layer());
    connection_->resume_reading();
    start_clock();
}

void WebConnection::shut_down() {
    is_last_ = true;
    if (state_ == State::securing || state_ == State::waiting) close_softly();
}

bool WebConnection::is_busy() const {
    switch (state_) {
        case State::head:
        case State::body:
        case State::answering: return true;
        case State::closing: return connection_->pending_output() > 0;
        default: return false;
    }
}

void WebConnection::on_secured() {
    if (state_ != State::securing) return;
    known_ = std::make_unique<KnownClient>(
        know_client(*connection_, peer_, local_, shared_.xmpp_clients().tells_bindings));
    wait_for_request();
    if (door_->speaks_xmpp && known_->facts.alpn == "xmpp-client") become_xmpp();
}

void WebConnection::wait_for_request() {
    state_ = State::waiting;
    method_ = http::Method::get;
    client_ = peer_;
    is_tls_ = !door_->is_clear;
    start_clock();
}

// Reading.

std::size_t WebConnection::on_bytes(std::string_view window) {
    if (state_ == State::closing || state_ == State::gone) return window.size();
    if (std::exchange(is_first_byte_, false) && speaks_xmpp(window)) {
        become_xmpp();
        return 0;
    }
    std::size_t done = 0;
    is_reading_ = true;
    for (;;) {
        const std::string_view rest = window.substr(done);
        std::size_t taken = 0;
        if (state_ == State::waiting || state_ == State::head) {
            if (!may_read_head()) break;
            if (!rest.empty()) taken = read_head(rest);
        } else if (state_ == State::body) {
            taken = read_body(rest);
            if (taken == 0 && state_ == State::body) break;
        } else if (state_ == State::tunnel) {
            taken = read_tunnel(rest);
            if (taken == 0) break;
        } else {
            break;
        }
        done += taken;
        if (rest.size() == taken && state_ != State::body) break;
    }
    is_reading_ = false;
    if (state_ == State::closing || state_ == State::gone)
        return connection_ ? window.size() : done;
    const bool is_much = state_ == State::answering && window.size() - done > kPipelinedMost;
    if (is_much || !may_read_head()) connection_->pause_reading();
    return done;
}

bool WebConnection::may_read_head() const {
    // Who does not read answers gets no more of them.
    return !(is_full_ && (state_ == State::waiting || state_ == State::head));
}

std::size_t WebConnection::read_head(std::string_view bytes) {
    const std::size_t taken = reader_.feed(bytes);
    switch (reader_.state()) {
        case http::RequestReader::State::reading:
            if (state_ == State::waiting && reader_.has_begun()) {
                state_ = State::head;
                start_clock();
            }
            break;
        case http::RequestReader::State::complete: begin_request(reader_.take()); break;
        case http::RequestReader::State::refused: refuse(reader_.refusal()); break;
    }
    return taken;
}

std::size_t WebConnection::read_body(std::string_view bytes) {
    using BodyState = http::BodyReader::State;
    if (is_body_paused_) return 0;
    std::size_t taken = 0;
    if (body_->state() == BodyState::reading && !bytes.empty()) {
        const http::BodyPiece piece = body_->feed(bytes);
        taken = piece.taken;
        start_clock();
        if (!piece.data.empty() && !exchange_->on_body(piece.data)) {
            is_body_paused_ = true;
            connection_->pause_reading();
        }
        if (is_over_ || state_ != State::body) return taken;
    }
    if (body_->state() == BodyState::refused) {
        refuse(body_->refusal());
    } else if (body_->state() == BodyState::complete) {
        state_ = State::answering;
        clock_.cancel();
        exchange_->on_body_complete();
    }
    return taken;
}

std::size_t WebConnection::read_tunnel(std::string_view bytes) {
    if (is_body_paused_ || bytes.empty()) return 0;
    if (!exchange_->on_body(bytes)) {
        is_body_paused_ = true;
        connection_->pause_reading();
    }
    return bytes.size();
}

void WebConnection::resume_body() {
    if (!std::exchange(is_body_paused_, false)) return;
    start_clock();
    connection_->resume_reading();
}

bool WebConnection::speaks_xmpp(std::string_view first) const {
    if (!door_->speaks_xmpp) return false;
    // No request of HTTP begins so.
    return first.front() == '<' || first.find_first_of(" \t\r\n") == 0;
}

void WebConnection::become_xmpp() {
    AddressPlace place;
    if (take_place(place)) return vanish();
    KnownClient known = take_known_client();
    auto leg = std::make_unique<AdoptedTcpLeg>(shared_.xmpp_clients(), std::move(connection_),
                                               std::move(known));
    WebShared& shared = shared_;
    vanish();
    shared.host().begin_session(WebSessionKind::direct_tls, std::move(leg), std::move(place));
}

// The end of a request.

bool WebConnection::send(std::string_view bytes) {
    has_answered_ = true;
    is_full_ = !connection_->send(bytes);
    return !is_full_;
}

void WebConnection::send_interim(std::string_view head) {
    connection_->send(head);
}

void WebConnection::begin_tunnel() {
    state_ = State::tunnel;
    keeps_alive_ = false;
    show_again();
}

void WebConnection::show_again() {
    if (is_reading_) return;
    connection_->pause_reading();
    connection_->resume_reading();
}

void WebConnection::complete(bool keeps_alive) {
    const bool is_body_read = !body_ || body_->state() == http::BodyReader::State::complete;
    drop_exchange();
    body_.reset();
    is_body_paused_ = false;
    has_answered_ = false;
    if (!keeps_alive || !keeps_alive_ || !is_body_read || is_last_) return close_softly();
    wait_for_request();
    // What has come in the meantime is shown again.
    show_again();
}

void WebConnection::drop_exchange() {
    // It may be on the stack: destroyed in a later turn.
    struct Over final : core::Deletable {
        explicit Over(std::unique_ptr<WebExchange> what) : exchange(std::move(what)) {}
        std::unique_ptr<WebExchange> exchange;
    };
    is_over_ = true;
    if (!exchange_) return;
    exchange_->on_over();
    shared_.loop().defer_delete(std::make_unique<Over>(std::move(exchange_)));
}

void WebConnection::refuse(const http::Refusal& why, std::span<const http::HeadField> fields) {
    log_refusal(why);
    if (has_answered_) return break_off();
    std::vector<http::HeadField> all;
    if (exchange_) all = exchange_->refusal_fields();
    all.insert(all.end(), fields.begin(), fields.end());
    send(http::write_error_page({.why = why,
                                 .date = shared_.date(),
                                 .fields = all,
                                 .is_to_head = method_ == http::Method::head,
                                 .keeps_alive = false}));
    complete(false);
}

void WebConnection::break_off() {
    // An end without close_notify is an end to many; where no length was said, only RST says that
    // something is missing.
    if (has_answered_) connection_->finish_with_reset();
    connection_->close();
    vanish();
}

// The end of the connection.

void WebConnection::start_clock() {
    const conf::Config& config = shared_.config();
    switch (state_) {
        case State::securing: return clock_.start(config.limits.handshake);
        case State::waiting: return clock_.start(config.web.keep_alive);
        case State::head: return clock_.start(config.web.head_timeout);
        case State::body: return clock_.start(config.web.stall);
        case State::closing: return clock_.start(config.limits.close);
        case State::answering:  // the exchange has clocks of its own
        case State::tunnel:
        case State::gone: return;
    }
}

void WebConnection::on_clock() {
    switch (state_) {
        case State::head: return refuse({408, "The request took too long."});
        case State::body:
            if (is_body_paused_) return start_clock();  // it is not the client who stalls
            return refuse({408, "The body took too long."});
        case State::waiting: return close_softly();
        case State::closing:
            // The end of a long answer may need longer.
            if (connection_->pending_output() >= unsent_) return break_off();
            unsent_ = connection_->pending_output();
            return start_clock();
        default: return break_off();
    }
}

void WebConnection::close_softly() {
    drop_exchange();
    state_ = State::closing;
    unsent_ = connection_->pending_output();
    is_full_ = false;
    connection_->finish();
    connection_->resume_reading();
    start_clock();
    vanish_if_gone();
}

void WebConnection::vanish_if_gone() {
    if (state_ == State::closing && has_ended_ && connection_->pending_output() == 0) vanish();
}

void WebConnection::vanish() {
    if (state_ == State::gone) return;
    state_ = State::gone;
    drop_exchange();
    clock_.cancel();
    shared_.release(*this);
}

void WebConnection::on_end() {
    if (state_ == State::gone) return;
    has_ended_ = true;
    if (state_ == State::tunnel) {
        exchange_->on_body_complete();
    } else if (state_ == State::answering && exchange_->outlives_half_close()) {
        keeps_alive_ = false;
    } else if (state_ == State::closing) {
        vanish_if_gone();
    } else {
        close_softly();  // what was sent reaches the client first
    }
}

void WebConnection::on_drained() {
    const bool was_full = std::exchange(is_full_, false);
    if (exchange_) return exchange_->on_client_drained();
    if (was_full) connection_->resume_reading();
    vanish_if_gone();
}

void WebConnection::on_broken(core::Broken why, std::string_view detail) {
    if (state_ == State::securing)
        core::Log(core::Severity::debug, "web_handshake_failed")
            .with("peer", peer_.to_string())
            .with("reason", to_string(why))
            .with("detail", detail);
    connection_->close();
    vanish();
}

}  // namespace proxy

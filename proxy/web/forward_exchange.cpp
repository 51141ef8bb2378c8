#include "proxy/web/forward_exchange.h"

#include <utility>

#include "core/log.h"
#include "http/chunked.h"
#include "http/forwarded.h"
#include "http/websocket_request.h"
#include "proxy/legs/proxy_protocol.h"
#include "proxy/web/body_sid.h"

namespace proxy {

namespace {

/// A start tag that is longer names no session that we know.
constexpr std::size_t kSidWithin = 16 * 1024;
constexpr int kTicks = 4;  // in the time that a transfer may stall

BackendEnvironment environment_of(LinkEnvironment& links) {
    return {.loop = links.loop,
            .resolver = links.resolver,
            .scan_work = links.scan_work,
            .watermarks = links.watermarks,
            .tls = [&links]() -> BackendTls& { return *links.tls; },
            .own = [&links]() -> const OwnAddresses& { return *links.own; }};
}

}  // namespace

ForwardExchange::ForwardExchange(Forwarding& shared, WebAnswer& client,
                                 const http::RequestHead& head, const conf::WebForward& to,
                                 std::chrono::milliseconds stall)
    : shared_(shared),
      client_(client),
      access_(environment_of(shared.links)),
      route_(shared, head, client.client(), to),
      stall_(stall),
      reader_(head.method()),
      tick_(shared.links.loop, [this] { on_tick(); }),
      minor_version_(static_cast<std::uint8_t>(head.minor_version())),
      request_kind_(head.body().kind) {
    if (route_.needs_sid()) state_ = State::finding_sid;
    std::string_view upgrade;
    if (http::wants_websocket(head)) {
        upgrade = "websocket";
        websocket_key_ = head.fields().only("Sec-WebSocket-Key").value_or("");
    }
    head_ = http::write_forwarded_request(head, {.client = client.client(),
                                                 .is_tls = client.is_tls(),
                                                 .upgrade = upgrade,
                                                 .keeps_backend = false});
}

ForwardExchange::~ForwardExchange() = default;

void ForwardExchange::begin() {
    if (state_ == State::connecting) choose();
}

// The way to a backend.

void ForwardExchange::choose() {
    state_ = State::connecting;
    if (!route_.choose()) return refuse({503, "No server can answer now."}, "no_backend");
    connect();
}

void ForwardExchange::connect() {
    const auto preamble = [this](const auto&, const auto&) {
        // What is known of the client is gathered only for those who want it.
        const bool is_wanted = route_.backend().proxy != conf::ProxyProtocol::off;
        return is_wanted ? proxy_preamble(route_.backend(), client_.facts()) : std::string();
    };
    connection_.emplace(access_,
                        BackendApproach{.backend = route_.backend(),
                                        .domain = {},
                                        .certificate = std::nullopt,
                                        .greeting = head_,
                                        .preamble = preamble,
                                        .deadline = route_.connect_timeout()},
                        static_cast<BackendConnectionEvents&>(*this));
}

void ForwardExchange::on_address_failed(const core::Endpoint& address, LinkFailure why,
                                        std::string_view detail) {
    core::Log line(core::Severity::warn, "forward_attempt_failed");
    line.with("path", route_.settings().path)
        .with("pool", route_.settings().pool)
        .with("backend", route_.backend().name);
    if (address.family() != core::Endpoint::Family::none) line.with("address", address.to_string());
    line.with("reason", to_string(why)).with("detail", detail);
}

void ForwardExchange::on_failed(LinkFailure why) {
    if (route_.go_on()) return connect();
    const bool is_late = why == LinkFailure::timed_out || why == LinkFailure::host_not_found;
    refuse({static_cast<std::uint16_t>(is_late ? 504 : 502), "No server could be reached."},
           to_string(why));
}

void ForwardExchange::on_open() {
    route_.note_open();
    state_ = State::head;
    has_moved_ = true;
    head_ = {};
    tick_.start(stall_ / kTicks);
    bool may_go_on = true;
    if (!held_.empty()) {
        const core::ByteBuffer held = std::move(held_);
        may_go_on = pass_to_backend(held.view());
    }
    if (is_request_complete_) return end_request();
    is_request_paused_ = !may_go_on;
    if (may_go_on) client_.resume_body();
}

// The request.

bool ForwardExchange::on_body(std::string_view bytes) {
    switch (state_) {
        case State::over: return true;
        case State::finding_sid: {
            held_.append(bytes);
            const BodySid found = find_body_sid(held_.view());
            if (found.kind == BodySid::Kind::need_more && held_.size() < kSidWithin) return true;
            if (found.kind == BodySid::Kind::found) route_.use_sid(found.sid);
            looks_for_sid_ = found.kind == BodySid::Kind::none;
            choose();
            return state_ == State::over;
        }
        case State::connecting: held_.append(bytes); return false;
        default: is_request_paused_ = !pass_to_backend(bytes); return !is_request_paused_;
    }
}

void ForwardExchange::on_body_complete() {
    if (state_ == State::over) return;
    is_request_complete_ = true;
    has_moved_ = true;
    if (state_ == State::finding_sid) choose();
    if (state_ == State::tunnel) {
        connection_->finish();
    } else if (state_ == State::head || state_ == State::body) {
        end_request();
    }
}

bool ForwardExchange::pass_to_backend(std::string_view bytes) {
    has_moved_ = true;
    if (state_ == State::tunnel || request_kind_ != http::BodyKind::chunked)
        return connection_->send(bytes);
    // In one piece, for each send() is a call of the system.
    std::string& out = shared_.to_backend;
    out.assign(http::chunk_head(bytes.size())).append(bytes).append(http::kChunkEnd);
    return connection_->send(out);
}

void ForwardExchange::end_request() {
    if (request_kind_ == http::BodyKind::chunked) connection_->send(http::kLastChunk);
}

void ForwardExchange::on_drained() {
    has_moved_ = true;
    if (std::exchange(is_request_paused_, false)) client_.resume_body();
}

// The answer.

std::size_t ForwardExchange::on_bytes(std::string_view window) {
    has_moved_ = true;
    shared_.to_client.clear();
    std::size_t done = 0;
    while (done < window.size() && !is_answer_paused_ && state_ != State::over) {
        const std::string_view rest = window.substr(done);
        if (state_ == State::head) {
            done += read_head(rest);
        } else if (state_ == State::body) {
            done += pass_body(rest);
        } else {
            pass_to_client(rest);
            done = window.size();
        }
    }
    if (state_ == State::over) return window.size();
    flush_to_client();
    return done;
}

std::size_t ForwardExchange::read_head(std::string_view bytes) {
    const std::size_t taken = reader_.feed(bytes);
    switch (reader_.state()) {
        case http::ResponseReader::State::reading: break;
        case http::ResponseReader::State::complete: take_head(reader_.take()); break;
        case http::ResponseReader::State::refused: refuse(reader_.refusal(), "bad_answer"); break;
    }
    return taken;
}

void ForwardExchange::take_head(const http::ResponseHead& head) {
    if (head.is_interim()) return take_interim(head);
    if (head.is_upgrade()) return take_upgrade(head);
    // Who refuses a body before it is there does not read it.
    const bool is_early = !is_request_complete_ && head.status() >= 400;
    const http::ForwardedResponse response = http::write_forwarded_response(
        head, {.minor_version = minor_version_, .keeps_alive = client_.keeps_alive() && !is_early});
    keeps_alive_ = response.keeps_alive;
    answer_kind_ = response.body.kind;
    looks_for_sid_ = looks_for_sid_ && head.status() == 200;
    shared_.to_client.append(response.head);
    body_.emplace(head.body(), http::kNoBodyLimit);
    state_ = State::body;
    if (body_->state() == http::BodyReader::State::complete) end_answer();
}

void ForwardExchange::take_interim(const http::ResponseHead& head) {
    if (head.status() == 100 && !says_continue()) return;  // it has been told already
    const http::ForwardedResponse response = http::write_forwarded_response(
        head, {.minor_version = minor_version_, .keeps_alive = client_.keeps_alive()});
    if (!response.head.empty()) client_.send_interim(response.head);
}

void ForwardExchange::take_upgrade(const http::ResponseHead& head) {
    if (websocket_key_.empty() || !http::agrees_to_websocket(head, websocket_key_))
        return refuse({502, "The server speaks another protocol than was asked for."},
                      "bad_upgrade");
    const http::ForwardedResponse response =
        http::write_forwarded_response(head, {.minor_version = minor_version_});
    shared_.to_client.append(response.head);
    is_request_complete_ = false;  // that of the tunnel begins
    state_ = State::tunnel;
    flush_to_client();
    client_.begin_tunnel();
}

std::size_t ForwardExchange::pass_body(std::string_view bytes) {
    const http::BodyPiece piece = body_->feed(bytes);
    if (!piece.data.empty()) {
        if (looks_for_sid_) look_for_sid(piece.data);
        pass_to_client(piece.data);
    }
    switch (body_->state()) {
        case http::BodyReader::State::reading: break;
        case http::BodyReader::State::complete: end_answer(); break;
        case http::BodyReader::State::refused: break_off("bad_answer"); break;
    }
    return piece.taken;
}

void ForwardExchange::pass_to_client(std::string_view data) {
    std::string& out = shared_.to_client;
    if (state_ == State::body && answer_kind_ == http::BodyKind::chunked) {
        out.append(http::chunk_head(data.size())).append(data).append(http::kChunkEnd);
        return;
    }
    // Large ones go as they lie, small ones with their head.
    constexpr std::size_t kWorthACopy = 4 * 1024;
    if (data.size() <= kWorthACopy) {
        out.append(data);
        return;
    }
    flush_to_client();
    is_answer_paused_ = !client_.send(data);
    if (is_answer_paused_) connection_->pause_reading();
}

void ForwardExchange::flush_to_client() {
    std::string& out = shared_.to_client;
    if (out.empty()) return;
    const bool may_go_on = client_.send(out);
    out.clear();
    if (may_go_on || is_answer_paused_) return;
    is_answer_paused_ = true;
    connection_->pause_reading();
}

void ForwardExchange::look_for_sid(std::string_view data) {
    held_.append(data.substr(0, kSidWithin));
    const BodySid found = find_body_sid(held_.view());
    if (found.kind == BodySid::Kind::need_more && held_.size() < kSidWithin) return;
    looks_for_sid_ = false;
    if (found.kind == BodySid::Kind::found) route_.remember_sid(found.sid);
    held_.release();
}

void ForwardExchange::end_answer() {
    if (answer_kind_ == http::BodyKind::chunked) shared_.to_client.append(http::kLastChunk);
    flush_to_client();
    client_.complete(keeps_alive_ && is_request_complete_);
}

void ForwardExchange::on_end() {
    if (state_ == State::head) {
        refuse({502, "The server has ended without an answer."}, "ended_early");
    } else if (state_ == State::tunnel) {
        client_.complete(false);
    } else if (state_ == State::body) {
        shared_.to_client.clear();
        body_->end() ? end_answer() : break_off("ended_early");
    }
}

void ForwardExchange::on_lost(std::string_view) {
    if (state_ == State::head) {
        refuse({502, "The server has ended without an answer."}, "lost");
    } else if (state_ == State::tunnel) {
        client_.complete(false);
    } else if (state_ == State::body) {
        break_off("lost");
    }
}

void ForwardExchange::on_client_drained() {
    if (state_ == State::over) return;
    has_moved_ = true;
    if (std::exchange(is_answer_paused_, false)) connection_->resume_reading();
}

// Its end.

void ForwardExchange::on_over() {
    state_ = State::over;
    tick_.cancel();
    if (connection_) connection_->close();
}

std::chrono::milliseconds ForwardExchange::patience(bool is_waiting_for_peer) const {
    constexpr auto kForever = std::chrono::milliseconds::max();
    if (state_ == State::tunnel) return is_waiting_for_peer ? stall_ : kForever;
    if (state_ != State::head || is_request_paused_) return stall_;
    // While its request is under way, its connection looks after the client.
    return is_request_complete_ ? std::chrono::milliseconds(kAnswerPatience) : kForever;
}

void ForwardExchange::on_tick() {
    const std::size_t pending = client_.pending_output() + connection_->pending_output();
    const bool has_moved = std::exchange(has_moved_, false) || pending < pending_;
    pending_ = pending;
    quiet_ = has_moved ? 0 : quiet_ + 1;
    if (quiet_ * (stall_ / kTicks) >= patience(pending > 0)) return on_stall();
    tick_.start(stall_ / kTicks);
}

void ForwardExchange::on_stall() {
    if (state_ == State::head)
        return refuse({504, "The server did not answer in time."}, "no_answer");
    if (client_.pending_output() > 0 || state_ == State::tunnel) return client_.break_off();
    break_off("stalled");
}

void ForwardExchange::log_failure(std::uint16_t status, std::string_view reason) const {
    core::Log line(core::Severity::warn, "forward_failed");
    line.with("peer", client_.client().to_string())
        .with("path", route_.settings().path)
        .with("pool", route_.settings().pool);
    if (!route_.backend().name.empty()) line.with("backend", route_.backend().name);
    if (status != 0) line.with("status", std::to_string(status));
    line.with("reason", reason);
}

void ForwardExchange::refuse(const http::Refusal& why, std::string_view reason) {
    log_failure(why.status, reason);
    client_.refuse(why);
}

void ForwardExchange::break_off(std::string_view reason) {
    log_failure(0, reason);
    client_.break_off();
}

}  // namespace proxy

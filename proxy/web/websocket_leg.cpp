#include "proxy/web/websocket_leg.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "core/wanted_certificate.h"
#include "http/websocket_frame.h"

namespace proxy {

using xmpp::FramedMessage;
using xmpp::StreamCutter;
using xmpp::StreamErrorCondition;

namespace {

/// Pings in a row without any sign of the client.
constexpr std::uint8_t kUnansweredMost = 3;
/// Of pongs that wait for a slow reader; some hundred of them.
constexpr std::uint32_t kWaitingPongs = 4'096;

ClientFault fault_of_frame(std::uint16_t code) {
    ClientFault fault{.is_of_frames = true,
                      .condition = StreamErrorCondition::bad_format,
                      .rule = "bad_frame",
                      .text = {}};
    switch (code) {
        case http::kMessageTooBig:
            fault.condition = StreamErrorCondition::policy_violation;
            fault.rule = "message_too_big";
            fault.text = "a stanza may not be that large here";
            break;
        case http::kUnsupportedData:
            fault.rule = "binary_message";
            fault.text = "send text messages (RFC 7395)";
            break;
        case http::kInvalidPayload:
            fault.condition = StreamErrorCondition::unsupported_encoding;
            fault.rule = "message_not_utf8";
            break;
        default: break;
    }
    return fault;
}

}  // namespace

WebSocketLeg::WebSocketLeg(WebSockets& shared, std::unique_ptr<core::Connection> connection,
                           KnownClient client)
    : shared_(shared),
      connection_(std::move(connection)),
      known_(std::make_unique<const KnownClient>(std::move(client))),
      peer_(known_->facts.client),
      frames_(shared.limits->bytes + xmpp::kAroundElement),
      messages_(shared.scan_work, xmpp::kLimitsBeforeLogin),
      cutter_(shared.scan_work) {
    connection_->hand_over(static_cast<core::ConnectionEvents&>(*this));
    shared_.pulse.join(*this);
}

WebSocketLeg::~WebSocketLeg() {
    shared_.pulse.leave(*this);
}

void WebSocketLeg::begin(ClientLegEvents& events) {
    assert(events_ == nullptr);
    events_ = &events;
    connection_->resume_reading();
}

core::Result<void, std::string> WebSocketLeg::start_tls(std::string_view) {
    return core::fail(std::string("a WebSocket has its TLS below"));
}

const ClientFacts& WebSocketLeg::facts() const {
    assert(known_ != nullptr);
    return known_->facts;
}

core::Certificate WebSocketLeg::shown_certificate() const {
    return core::share(known_->shown.get());
}

// From the client.

std::size_t WebSocketLeg::on_bytes(std::string_view window) {
    unanswered_ = 0;
    std::size_t done = 0;
    // A session that pauses takes the next message later.
    while (!is_paused_ && connection_->is_open()) {
        const std::string_view part = window.substr(done, WebSockets::kRoom);
        const http::WebSocketRead read = frames_.next(part, shared_.unmasked.get());
        done += read.taken;
        if (read.event == http::WebSocketRead::Event::nothing) {
            if (read.taken == 0 || done == window.size()) break;
            continue;
        }
        has_more_ = done < window.size();
        take(read);
    }
    pass_gathered();
    send_pongs();
    return done;
}

void WebSocketLeg::take(const http::WebSocketRead& read) {
    using Event = http::WebSocketRead::Event;
    switch (read.event) {
        case Event::nothing: break;
        case Event::text:
            if (!is_finishing_ || !client_said_close_) take_text(read.payload, read.is_last);
            break;
        case Event::ping: answer_ping(read.payload); break;
        case Event::pong:
            if (is_pong_due_) pass_sign_of_life();
            break;
        case Event::close:
            pass_gathered();
            has_ended_ = true;
            send_close(read.code == http::kNoStatusReceived ? http::kNormalClosure : read.code);
            is_finishing_ ? tell_if_gone() : tell_end();
            break;
        case Event::violation:
            pass_gathered();
            if (is_finishing_) {
                send_close(read.code);
            } else {
                break_rules(read.code, fault_of_frame(read.code));
            }
            break;
    }
}

void WebSocketLeg::answer_ping(std::string_view payload) {
    if (connection_->pending_output() == 0) waiting_pongs_ = 0;
    // Who pings without reading gets one answer to many (RFC 6455 section 5.5.3).
    if (has_sent_close_ || waiting_pongs_ > kWaitingPongs) return;
    const std::size_t before = shared_.pongs.size();
    http::append_frame(shared_.pongs, http::Opcode::pong, payload);
    waiting_pongs_ += static_cast<std::uint16_t>(shared_.pongs.size() - before);
}

void WebSocketLeg::send_pongs() {
    if (shared_.pongs.empty()) return;
    connection_->send(shared_.pongs);
    shared_.pongs.clear();
}

/// The backend cannot see that the client is alive, so it sees a blank. One for each ping of ours
/// is enough, for each costs a packet.
void WebSocketLeg::pass_sign_of_life() {
    is_pong_due_ = false;
    if (!is_finishing_ && message_.empty() && inbox_.empty()) gather(" ");
}

void WebSocketLeg::take_text(std::string_view piece, bool is_last) {
    if (message_.empty()) {
        messages_.set_limits(cutter_.has_seen_success() ? *shared_.limits
                                                        : xmpp::kLimitsBeforeLogin);
        if (is_last) return take_message(messages_.read(piece, true));
    }
    message_.append(piece);
    const FramedMessage message = messages_.read(message_.view(), is_last);
    if (is_last || message.kind == FramedMessage::Kind::refused) {
        const core::ByteBuffer whole = std::move(message_);  // the message lies in it
        take_message(message);
    }
}

void WebSocketLeg::take_message(const FramedMessage& message) {
    using Kind = FramedMessage::Kind;
    if (message.kind == Kind::close) client_said_close_ = true;
    if (is_finishing_) return close_if_both_have_said();
    switch (message.kind) {
        case Kind::need_more:
        case Kind::nothing: break;
        case Kind::stream:
        case Kind::close: gather(message.bytes()); break;
        case Kind::refused:
            pass_gathered();
            if (is_finishing_) break;
            break_rules(message.condition == StreamErrorCondition::policy_violation
                            ? http::kMessageTooBig
                            : http::kPolicyViolation,
                        {.is_of_frames = false,
                         .condition = message.condition,
                         .rule = message.rule,
                         .text = message.text});
            break;
    }
    close_if_both_have_said();
}

void WebSocketLeg::gather(std::string_view bytes) {
    if (!has_more_ && shared_.stream.empty()) return to_session(bytes);
    shared_.stream.append(bytes);
}

void WebSocketLeg::pass_gathered() {
    if (shared_.stream.empty()) return;
    if (!is_finishing_) to_session(shared_.stream);
    shared_.stream.clear();
}

void WebSocketLeg::to_session(std::string_view bytes) {
    if (!inbox_.empty()) {
        inbox_.append(bytes);
        show_again();
        return;
    }
    const std::size_t done = events_->on_client_bytes(bytes);
    inbox_.append(bytes.substr(done));
}

void WebSocketLeg::show_again() {
    const std::size_t done = events_->on_client_bytes(inbox_.view());
    inbox_.consume(std::min(done, inbox_.size()));
    if (is_finishing_ || !is_end_due_ || (is_paused_ && !inbox_.empty())) return;
    is_end_due_ = false;
    events_->on_client_end();
}

void WebSocketLeg::break_rules(std::uint16_t code, ClientFault fault) {
    close_code_ = code;
    events_->on_client_broke_rules(fault);
}

void WebSocketLeg::pause_reading() {
    is_paused_ = true;
    connection_->pause_reading();
}

void WebSocketLeg::resume_reading() {
    is_paused_ = false;
    unanswered_ = 0;
    connection_->resume_reading();
    if (inbox_.empty()) return;
    clock_ = std::make_unique<core::Timer>(shared_.loop, [this] {
        if (!is_paused_ && !is_finishing_) show_again();
    });
    clock_->start_now();
}

// To the client.

bool WebSocketLeg::send(std::string_view bytes) {
    if (has_sent_close_ || bytes.empty()) return true;
    std::string& frames = shared_.frames;
    frames.clear();
    if (outbox_.empty()) {
        append_messages(frames, bytes);
    } else {
        core::ByteBuffer all = std::move(outbox_);
        all.append(bytes);
        append_messages(frames, all.view());
    }
    const bool may_go_on = frames.empty() || connection_->send(frames);
    close_if_both_have_said();
    return may_go_on;
}

void WebSocketLeg::append_messages(std::string& frames, std::string_view bytes) {
    for (;;) {
        const StreamCutter::Piece piece = cutter_.next(bytes);
        bytes.remove_prefix(piece.size);
        switch (piece.cut) {
            case StreamCutter::Cut::need_more: outbox_.append(bytes); return;
            case StreamCutter::Cut::nothing: break;
            case StreamCutter::Cut::header:
                http::append_frame(frames, http::Opcode::text, xmpp::framed_open(*piece.header));
                break;
            case StreamCutter::Cut::element:
                frames.append(http::frame_head(http::Opcode::text, piece.text_size()).view());
                piece.append_to(frames);
                break;
            case StreamCutter::Cut::end:
                http::append_frame(frames, http::Opcode::text, xmpp::kFramedClose);
                we_said_close_ = true;
                break;
            case StreamCutter::Cut::refused:
                // What sessions send is a stream; nothing could be said behind this.
                assert(false);
                return;
        }
    }
}

void WebSocketLeg::beat() {
    if (has_sent_close_ || events_ == nullptr || !connection_->is_open()) return;
    // One that is not read may have answered.
    unanswered_ = is_paused_ ? 0 : unanswered_ + 1;
    if (unanswered_ > kUnansweredMost && !is_finishing_) {
        connection_->close();
        events_->on_client_lost(ClientLoss::connection, "no_pong");
        return;
    }
    is_pong_due_ = true;
    shared_.frames.clear();
    http::append_frame(shared_.frames, http::Opcode::ping, {});
    connection_->send(shared_.frames);
}

// The end.

void WebSocketLeg::finish() {
    is_finishing_ = true;
    clock_.reset();
    message_.release();
    inbox_.release();
    if (we_said_close_ && close_code_ == 0 && !client_said_close_ && !has_ended_) {
        // The client's own <close/> comes first, if it comes.
        clock_ = std::make_unique<core::Timer>(shared_.loop,
                                               [this] { send_close(http::kNormalClosure); });
        clock_->start(shared_.close / 2);
    } else {
        send_close(close_code_ != 0 ? close_code_
                   : we_said_close_ ? http::kNormalClosure
                                    : http::kServiceRestart);
    }
    is_paused_ = false;
    connection_->resume_reading();
}

void WebSocketLeg::close_if_both_have_said() {
    if (we_said_close_ && client_said_close_) send_close(http::kNormalClosure);
}

void WebSocketLeg::send_close(std::uint16_t code) {
    if (has_sent_close_) return;
    send_pongs();
    has_sent_close_ = true;
    shared_.counts->note_close(code);
    std::string frame;
    http::append_close(frame, code);
    connection_->send(frame);
    connection_->finish();
}

bool WebSocketLeg::is_gone() const {
    return !connection_->is_open() || (has_ended_ && connection_->pending_output() == 0);
}

void WebSocketLeg::tell_if_gone() {
    if (is_gone()) events_->on_client_gone();
}

void WebSocketLeg::on_end() {
    if (has_ended_) return;
    has_ended_ = true;
    is_finishing_ ? tell_if_gone() : tell_end();
}

/// What the client said before its end comes first, also where the session takes it slowly.
void WebSocketLeg::tell_end() {
    is_end_due_ = true;
    if (!inbox_.empty() && !is_paused_) return show_again();
    if (!inbox_.empty()) return;
    is_end_due_ = false;
    events_->on_client_end();
}

void WebSocketLeg::on_drained() {
    is_finishing_ ? tell_if_gone() : events_->on_client_drained();
}

void WebSocketLeg::on_broken(core::Broken why, std::string_view detail) {
    const std::string words(detail);  // may live in the TLS object that closing frees
    connection_->close();
    if (is_finishing_) {
        events_->on_client_gone();
    } else {
        events_->on_client_lost(
            why == core::Broken::tls_failed ? ClientLoss::tls : ClientLoss::connection, words);
    }
}

}  // namespace proxy

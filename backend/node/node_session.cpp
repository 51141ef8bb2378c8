// The connection and the end; what the stream asks for is backend/node/node_session_actions.cpp's
// and backend/node/node_session_opening.cpp's.

#include "backend/node/node_session.h"

#include <cassert>
#include <utility>

#include "backend/node/node_environment.h"
#include "core/log.h"
#include "core/proxy_protocol.h"

namespace backend {

using xmpp::StreamErrorCondition;

NodeSession::NodeSession(NodeEnvironment& environment, core::Fd socket, const core::Endpoint& peer)
    : environment_(environment),
      peer_(peer),
      connection_(environment.loop, std::move(socket), *this, environment.watermarks),
      started_(environment.now()) {
    start_deadline(environment.limits.login);
    // Without a proxy the configuration keeps us on the machine's loopback.
    if (environment.proxy == conf::NodeProxy::off)
        begin_stream({.is_protected = true, .bindings = {}});
    connection_.resume_reading();
}

NodeSession::~NodeSession() = default;

void NodeSession::enter(Phase next) {
    assert(next == Phase::gone ? phase_ == Phase::ending : phase_ < next);
    phase_ = next;
}

void NodeSession::start_deadline(std::chrono::milliseconds after) {
    if (!deadline_)
        deadline_ = std::make_unique<core::Timer>(environment_.loop, [this] { on_deadline(); });
    deadline_->start(after);
}

// Bytes.

std::size_t NodeSession::on_bytes(std::string_view window) {
    std::size_t consumed = 0;
    has_spoken_ = true;
    if (phase_ == Phase::proxy_header) consumed = read_proxy_header(window);
    if (phase_ == Phase::proxy_header) return consumed;
    if (consumed == window.size()) return consumed;
    step([&](Stream& stream) {
        Stream::Step taken = stream.on_bytes(window.substr(consumed));
        consumed += taken.consumed;
        return std::move(taken.actions);
    });
    return phase_ == Phase::streaming ? consumed : window.size();
}

std::size_t NodeSession::read_proxy_header(std::string_view window) {
    const auto result = core::decode_proxy(window);
    if (std::holds_alternative<core::ProxyIncomplete>(result)) return 0;
    if (const auto* refused = std::get_if<core::ProxyRefused>(&result)) {
        core::Log(core::Severity::warn, "proxy_header_refused")
            .with("node", environment_.name.get())
            .with("peer", peer_.to_string())
            .with("offset", static_cast<std::uint64_t>(refused->offset))
            .with("expected", refused->expected)
            .with("remedy", "write proxy = \"v2\" for this backend in stanzagate.toml");
        cut(kBadProxyHeader);
        return window.size();
    }
    const auto& decoded = std::get<core::ProxyDecoded>(result);
    const core::ProxyHeader& header = decoded.header;
    if (header.source.family() != core::Endpoint::Family::none) peer_ = header.source;
    unique_id_ = header.unique_id;
    begin_stream({.is_protected = header.is_tls, .bindings = header.bindings});
    return decoded.bytes;
}

void NodeSession::begin_stream(ConnectionFacts facts) {
    stream_ =
        std::make_unique<Stream>(environment_.scan_work, environment_.stream, std::move(facts));
    enter(Phase::streaming);
}

/// While the node works for the stream, or the client does not take what it gets, bytes stay where
/// they are.
void NodeSession::update_reading() {
    if (phase_ != Phase::streaming || !connection_.is_open()) return;
    const bool is_full = connection_.pending_output() >= environment_.watermarks.high;
    if (stream_->is_waiting() || is_full) {
        connection_.pause_reading();
    } else {
        connection_.resume_reading();
    }
    if (queue_ && deadline_) deadline_.reset();
}

void NodeSession::go_on() {
    if (phase_ != Phase::streaming) return;
    deliver();
    update_reading();
}

void NodeSession::on_drained() {
    go_on();
}

void NodeSession::on_end() {
    cut(kClientLost);
}

void NodeSession::on_broken(core::Broken, std::string_view) {
    cut(kClientLost);
}

void NodeSession::on_deadline() {
    if (phase_ == Phase::streaming)
        return end(StreamErrorCondition::connection_timeout, "login_timeout", Fate::departed);
    cut("proxy_header_timeout");  // or the goodbye's, and then the reason has been given
}

// The end.

void NodeSession::end(StreamErrorCondition condition, std::string_view reason, Fate fate,
                      std::string_view text) {
    if (is_over()) return;
    if (!stream_) return cut(reason);
    // First, so that the stream's Close finds the end decided.
    leave(reason, fate);
    perform(stream_->end(condition, text));
}

void NodeSession::on_store_silent() {
    if (is_bound() || !stream_ || stream_->state() == Stream::State::header) return;
    end(StreamErrorCondition::resource_constraint, "store_silent", Fate::departed,
        Stream::kNoStore);
}

void NodeSession::shut_down() {
    if (is_over()) return;
    if (fate_without_stream() == Fate::departed)
        return end(StreamErrorCondition::system_shutdown, "shutdown", Fate::departed);
    cut("shutdown");
}

void NodeSession::cut(std::string_view reason) {
    connection_.close();
    leave(reason, fate_without_stream());
}

void NodeSession::leave(std::string_view reason, Fate fate) {
    if (is_over()) return finish_if_done();
    enter(Phase::ending);
    reason_ = reason;
    fate_ = fate;
    delay_.reset();
    silence_.reset();
    held_.clear();
    start_deadline(environment_.limits.close);
    if (connection_.is_open()) connection_.resume_reading();
    // What the client has said is done first; a lost copy can do nothing any more.
    if (!queue_ || queue_->is_idle() || fate == Fate::left) settle_fate();
    finish_if_done();
}

void NodeSession::settle_fate() {
    if (std::exchange(is_fate_settled_, true) || !queue_) return;
    queue_->flush();
    environment_.host.on_left(*this);
    if (fate_ == Fate::departed) environment_.host.depart(ref(), TakeReason::resume, {});
    if (fate_ == Fate::detached) environment_.host.detach(ref(), epoch());
}

/// Who has said goodbye does not come again.
NodeSession::Fate NodeSession::fate_without_stream() const {
    const bool may_come_again = is_resumable_ && stream_ && !stream_->is_closing();
    return may_come_again ? Fate::detached : Fate::departed;
}

bool NodeSession::settle_if_ending() {
    if (phase_ != Phase::ending) return false;
    settle_fate();
    finish_if_done();
    return true;
}

void NodeSession::finish_if_done() {
    if (phase_ != Phase::ending || connection_.is_open() || !is_fate_settled_ || pending_ > 0)
        return;
    enter(Phase::gone);
    log_end();
    environment_.host.on_gone(*this);
}

void NodeSession::log_end() const {
    if (reason_ == kBadProxyHeader) return;  // has been said, with all that is known
    // Health checks come and go all day.
    const bool is_check = !is_bound() && reason_ == kClientClosed;
    core::Log line(is_check ? core::Severity::debug : core::Severity::info, "session_end");
    line.with("node", environment_.name.get()).with("client", peer_.address_text());
    if (!unique_id_.empty()) line.with("proxy_session", unique_id_);
    line.with("reason", reason_)
        .with("bound", is_bound())
        .with("seconds", std::chrono::duration<double>(environment_.now() - started_).count());
}

// What becomes of stanzas.

void NodeSession::on_confirmed(std::size_t count) {
    step([count](Stream& stream) { return stream.on_confirmed(count); });
}

void NodeSession::on_idle() {
    settle_if_ending();
}

void NodeSession::on_refused(StreamErrorCondition condition) {
    if (settle_if_ending()) return;
    end(condition, to_string(condition), Fate::departed);
}

void NodeSession::on_fenced() {
    // A client that was told of its end shall not go on with it all the same: its session ends even
    // if somebody has it by now.
    if (phase_ == Phase::ending && fate_ != Fate::departed) fate_ = Fate::left;
    if (settle_if_ending()) return;
    end(StreamErrorCondition::conflict, "conflict", Fate::left);
}

void NodeSession::on_store_failed(StoreError error) {
    core::Log(core::Severity::error, "store_failed")
        .with("node", environment_.name.get())
        .with("reason", to_string(error))
        .with("remedy", remedy_of(error));
    if (settle_if_ending()) return;
    // Nothing is acknowledged that is not saved: who can resume learns then what is.
    end(StreamErrorCondition::resource_constraint, "store_failed", fate_without_stream());
}

}  // namespace backend

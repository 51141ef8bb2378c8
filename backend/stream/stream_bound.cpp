// backend/stream/stream.h from the bound resource on.

#include <cassert>
#include <utility>

#include "backend/stream/standalone.h"
#include "backend/stream/stream.h"
#include "backend/stream/stream_login.h"
#include "backend/stream/stream_management.h"
#include "xmpp/namespaces.h"

namespace backend {

using xmpp::StreamErrorCondition;

void Stream::on_bound_element(const xmpp::Token& token, std::string_view bytes, Actions& out) {
    if (token.is_stanza()) return hand_out(bytes, out);
    if (token.namespace_uri == xmpp::ns::kSm3) return on_sm_element(token, bytes, out);
    const bool is_active = token.is("active", xmpp::ns::kClientState);
    if (is_active || token.is("inactive", xmpp::ns::kClientState)) {
        out.push_back(SetInactive{!is_active});
        return;
    }
    refuse(StreamErrorCondition::unsupported_stanza_type, "unknown_element", {}, out);
}

void Stream::hand_out(std::string_view stanza, Actions& out) {
    const auto inherited = bindings_ ? unusual(*bindings_) : xmpp::NamespaceBindings{};
    Handle handle{.bytes = standalone(stanza, inherited, lang_), .handled = {}};
    if (sm_) handle.handled = sm_->on_received();
    ++unconfirmed_;
    unconfirmed_bytes_ += handle.bytes.size();
    out.push_back(std::move(handle));
}

Actions Stream::on_confirmed(std::size_t count) {
    Actions out;
    if (state_ != State::bound) return out;
    assert(count <= unconfirmed_);
    unconfirmed_ -= count;
    if (unconfirmed_ == 0) unconfirmed_bytes_ = 0;
    if (sm_) sm_->on_confirmed(count);
    pay_ack(out);
    if (unconfirmed_ > 0) return out;
    if (waiting_ == Waiting::safe_before_sm) enable_sm(out);
    if (waiting_ == Waiting::safe_before_close) close(out);
    return out;
}

void Stream::on_sm_element(const xmpp::Token& token, std::string_view bytes, Actions& out) {
    const auto name = token.local_name;
    if (name == "a" && sm_) return on_client_ack(bytes, out);
    if (name == "r" && sm_) {
        sm_->on_request();
        // Otherwise a better answer is on its way.
        if (unconfirmed_ == 0) pay_ack(out);
        return;
    }
    if (name == "resume" || (name == "enable" && sm_)) {
        out.push_back(Send{write_failed("unexpected-request")});
        return;
    }
    if (name != "enable") {
        return refuse(StreamErrorCondition::unsupported_stanza_type, "unknown_element", {}, out);
    }
    const xmpp::ElementReader reader(bytes, outer());
    wished_sm_ = read_enable(reader.root(), settings_.resume_time);
    // What came before <enable/> is not counted, so its confirmations must not be either.
    wait_for(Waiting::safe_before_sm);
    if (unconfirmed_ == 0) enable_sm(out);
}

void Stream::enable_sm(Actions& out) {
    wait_for(Waiting::sm_enabled);
    // Nothing is written until the answer, so this stays true.
    wished_sm_.after = written_;
    out.push_back(wished_sm_);
}

Actions Stream::on_sm_enabled(const SessionId& id) {
    Actions out;
    if (waiting_ != Waiting::sm_enabled) return out;
    wait_for(Waiting::nothing);
    sm_ = std::make_unique<SmCounters>(written_);
    out.push_back(Send{write_enabled(id, wished_sm_)});
    return out;
}

Actions Stream::on_sm_failed() {
    Actions out;
    if (waiting_ != Waiting::sm_enabled) return out;
    wait_for(Waiting::nothing);
    out.push_back(Send{write_failed("internal-server-error")});
    return out;
}

void Stream::on_client_ack(std::string_view bytes, Actions& out) {
    const xmpp::ElementReader reader(bytes, outer());
    const auto h = read_h(reader.root());
    if (!h) return refuse(StreamErrorCondition::invalid_xml, "bad_ack", {}, out);
    const auto before = sm_->acked_number();
    if (!sm_->on_acknowledged(*h)) return too_high(*h, out);
    note_acked(before, out);
}

void Stream::note_acked(std::uint64_t before, Actions& out) {
    if (sm_->acked_number() != before) out.push_back(Acked{sm_->acked_number()});
}

void Stream::too_high(std::uint32_t h, Actions& out) {
    enter(State::ended);
    out.push_back(
        Close{.bytes = handled_count_too_high(h, sm_->sent()), .detail = "handled_count_too_high"});
}

void Stream::pay_ack(Actions& out) {
    if (!sm_ || !sm_->owes_ack()) return;
    out.push_back(Send{write_ack(sm_->handled())});
    sm_->on_ack_sent();
}

Actions Stream::write_stanza(std::uint64_t number, std::string bytes) {
    Actions out;
    if (state_ != State::bound) return out;
    assert(number > written_);
    written_ = number;
    if (!sm_) {
        out.push_back(Send{std::move(bytes)});
        out.push_back(Acked{number});
        return out;
    }
    if (sm_->is_acknowledged(number)) return out;
    sm_->on_sent(number, bytes.size());
    out.push_back(Send{std::move(bytes)});
    if (sm_->should_ask(settings_.ack_pace)) {
        out.push_back(Send{write_ack_request()});
        sm_->on_asked();
    }
    return out;
}

Actions Stream::ask_for_ack() {
    Actions out;
    if (state_ != State::bound || !sm_ || !sm_->may_ask()) return out;
    out.push_back(Send{write_ack_request()});
    sm_->on_asked();
    return out;
}

}  // namespace backend

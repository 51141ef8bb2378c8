#include "backend/stream/stream.h"

#include <cassert>
#include <utility>

#include "backend/stream/stream_login.h"
#include "backend/stream/stream_management.h"
#include "xmpp/client_elements.h"
#include "xmpp/limits.h"
#include "xmpp/namespaces.h"
#include "xmpp/stream_header.h"

namespace backend {

using xmpp::StreamErrorCondition;
using xmpp::TokenKind;

namespace {

/// The drawing in stream.h. An inline bind that fails leads back to the login.
[[maybe_unused]] bool leads_to(Stream::State from, Stream::State next) {
    using State = Stream::State;
    switch (from) {
        case State::header:
            return next == State::login || next == State::unbound || next == State::ended;
        case State::login:
            return next == State::header || next == State::unbound || next == State::ended;
        case State::unbound:
            return next == State::login || next == State::bound || next == State::ended;
        case State::bound: return next == State::ended;
        case State::ended: return false;
    }
    return false;
}

}  // namespace

Stream::Stream(xmpp::ScanWorkPool& pool, const StreamSettings& settings, ConnectionFacts facts)
    : scanner_(pool, xmpp::kLimitsBeforeLogin),
      settings_(settings),
      login_(std::make_unique<StreamLogin>()) {
    login_->facts = std::move(facts);
}

Stream::~Stream() = default;

void Stream::enter(State next) {
    assert(leads_to(state_, next));
    state_ = next;
    waiting_ = Waiting::nothing;
}

void Stream::wait_for(Waiting what) {
    switch (what) {
        case Waiting::nothing: assert(waiting_ != Waiting::nothing); break;
        case Waiting::opened:
        case Waiting::taken:
            assert(state_ == State::unbound && waiting_ == Waiting::nothing);
            break;
        case Waiting::sm_enabled:
            assert(state_ == State::bound && waiting_ == Waiting::safe_before_sm);
            break;
        case Waiting::safe_before_sm:
        case Waiting::safe_before_close:
            assert(state_ == State::bound && waiting_ == Waiting::nothing);
            break;
    }
    waiting_ = what;
}

bool Stream::is_waiting() const {
    if (waiting_ != Waiting::nothing) return true;
    if (state_ == State::login) return login_->sasl->is_waiting();
    return state_ == State::bound && (unconfirmed_ >= settings_.most_unconfirmed ||
                                      unconfirmed_bytes_ >= settings_.most_unconfirmed_bytes);
}

Stream::Step Stream::on_bytes(std::string_view window) {
    Step step;
    while (state_ != State::ended && !is_waiting()) {
        const std::string_view rest = window.substr(step.consumed);
        const xmpp::Token token = scanner_.next(rest);
        if (token.kind == TokenKind::need_more) return step;
        step.consumed += token.size;
        on_token(token, rest.substr(0, token.size), step.actions);
    }
    if (state_ == State::ended) step.consumed = window.size();
    return step;
}

void Stream::on_token(const xmpp::Token& token, std::string_view bytes, Actions& out) {
    switch (token.kind) {
        case TokenKind::need_more: return;
        // Also inside a login, where RFC 6120 section 6.3.5 and XEP-0388 section 2 forbid it: it
        // means nothing, and there are clients that end each element with a line.
        case TokenKind::whitespace: return;
        case TokenKind::stream_open: return on_header(bytes, out);
        case TokenKind::element: return on_element(token, bytes, out);
        case TokenKind::stream_close: return on_stream_close(out);
        case TokenKind::refused: break;
    }
    const auto rule = token.refusal.rule;
    refuse(xmpp::condition_of(rule), xmpp::to_string(rule), xmpp::limit_text(token.refusal), out);
}

void Stream::on_element(const xmpp::Token& token, std::string_view bytes, Actions& out) {
    if (token.is("error", xmpp::ns::kStreams)) return close(out);
    if (xmpp::is_said_by_servers(token)) {
        return refuse(StreamErrorCondition::unsupported_stanza_type, "said_by_servers", {}, out);
    }
    if (xmpp::asks_for_compression(token)) {
        out.push_back(Send{std::string(xmpp::kCompressionRefused)});
        return;
    }
    if (token.namespace_uri.empty() || token.namespace_uri == xmpp::ns::kStreams) {
        // RFC 6120 section 4.8.3.
        return refuse(StreamErrorCondition::invalid_namespace, "invalid_namespace", {}, out);
    }
    switch (state_) {
        case State::login: return on_login_element(token, bytes, out);
        case State::unbound: return on_unbound_element(token, bytes, out);
        case State::bound: return on_bound_element(token, bytes, out);
        case State::header:
        case State::ended: return;  // no element comes before a header, none is read after the end
    }
}

void Stream::on_stream_close(Actions& out) {
    // The last <a/> should cover everything (XEP-0198 section 4).
    if (unconfirmed_ > 0) {
        wait_for(Waiting::safe_before_close);
        return;
    }
    close(out);
}

void Stream::close(Actions& out) {
    std::string bytes = sm_ ? write_ack(sm_->handled()) : std::string();
    bytes += xmpp::kStreamEnd;
    enter(State::ended);
    out.push_back(Close{.bytes = std::move(bytes), .detail = "client_closed"});
}

Actions Stream::end(StreamErrorCondition condition, std::string_view text) {
    Actions out;
    refuse(condition, xmpp::to_string(condition), text, out);
    return out;
}

void Stream::refuse(StreamErrorCondition condition, std::string_view detail, std::string_view text,
                    Actions& out) {
    if (state_ == State::ended) return;
    std::string bytes = header_sent_
                            ? xmpp::stream_error_and_close(condition, text)
                            : xmpp::refuse_stream({.from = login_->domain,
                                                   .to = login_->client_address,
                                                   .lang = {},
                                                   .id = xmpp::StreamId(settings_.make_token())},
                                                  condition, text);
    enter(State::ended);
    out.push_back(Close{.bytes = std::move(bytes), .detail = detail});
}

const xmpp::NamespaceBindings& Stream::outer() const {
    return bindings_ ? *bindings_ : xmpp::usual_bindings();
}

std::string_view to_string(Stream::State state) {
    switch (state) {
        case Stream::State::header: return "header";
        case Stream::State::login: return "login";
        case Stream::State::unbound: return "unbound";
        case Stream::State::bound: return "bound";
        case Stream::State::ended: return "ended";
    }
    return "unknown";
}

}  // namespace backend

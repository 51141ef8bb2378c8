#include "xmpp/starttls.h"

#include <cassert>

#include "xmpp/client_elements.h"
#include "xmpp/namespaces.h"
#include "xmpp/sasl_element.h"
#include "xmpp/sasl_user.h"
#include "xmpp/stream_features.h"
#include "xmpp/stream_header.h"
#include "xmpp/xml_text.h"

namespace xmpp {
namespace {

constexpr std::string_view kStarttls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

ClearStreamAnswer refuse(StreamErrorCondition condition) {
    return {.kind = ClearStreamAnswer::Kind::refuse, .condition = condition, .reply = {}};
}

ClearStreamAnswer reply(std::string_view bytes) {
    return {.kind = ClearStreamAnswer::Kind::reply, .condition = {}, .reply = std::string(bytes)};
}

/// An element where only `<starttls/>` may come.
ClearStreamAnswer judge_clear_element(const Token& token) {
    if (token.is("starttls", ns::kTls)) return {.kind = ClearStreamAnswer::Kind::start_tls};
    if (token.is("error", ns::kStreams)) return {.kind = ClearStreamAnswer::Kind::close};
    // RFC 6120 section 4.9.3.12 names exactly this: what is sent before the stream is
    // authenticated.
    if (token.is_stanza() || needs_login(token))
        return refuse(StreamErrorCondition::not_authorized);
    if (is_said_by_servers(token)) return refuse(StreamErrorCondition::unsupported_stanza_type);
    if (asks_for_compression(token)) return reply(kCompressionRefused);
    // Section 6.5.4: TLS is mandatory to negotiate here, for every mechanism.
    if (const auto profile = login_profile(token.local_name, token.namespace_uri))
        return reply(sasl_failure(*profile, "encryption-required", "start TLS first"));
    // The rest of a login that has not begun breaks a rule of this service: section 4.9.3.14.
    if (token.namespace_uri == ns::kSasl || token.namespace_uri == ns::kSasl2) {
        return refuse(StreamErrorCondition::policy_violation);
    }
    // Section 4.9.3.24: a first-level child that is not supported, here and now.
    return refuse(StreamErrorCondition::unsupported_stanza_type);
}

}  // namespace

ClearStreamAnswer judge_clear_token(const Token& token) {
    switch (token.kind) {
        case TokenKind::need_more:
        case TokenKind::whitespace: return {.kind = ClearStreamAnswer::Kind::wait};
        case TokenKind::stream_open: return refuse(StreamErrorCondition::bad_format);  // a second
        case TokenKind::element: return judge_clear_element(token);
        case TokenKind::stream_close: return {.kind = ClearStreamAnswer::Kind::close};
        case TokenKind::refused: return refuse(condition_of(token.refusal.rule));
    }
    return refuse(StreamErrorCondition::undefined_condition);
}

bool may_start_tls(std::string_view behind) {
    return is_white_space(behind);
}

std::string_view to_string(StarttlsFailure failure) {
    switch (failure) {
        case StarttlsFailure::none: return "none";
        case StarttlsFailure::no_starttls_offered: return "no-starttls-offered";
        case StarttlsFailure::refused: return "starttls-refused";
        case StarttlsFailure::unexpected_element: return "unexpected-element";
        case StarttlsFailure::bytes_after_proceed: return "bytes-after-proceed";
        case StarttlsFailure::stream_error: return "stream-error";
        case StarttlsFailure::malformed: return "malformed";
    }
    return "none";
}

std::string_view to_string(StarttlsInitiator::State state) {
    switch (state) {
        case StarttlsInitiator::State::wait_header: return "wait-header";
        case StarttlsInitiator::State::wait_features: return "wait-features";
        case StarttlsInitiator::State::wait_proceed: return "wait-proceed";
        case StarttlsInitiator::State::secured: return "secured";
        case StarttlsInitiator::State::failed: return "failed";
    }
    return "failed";
}

std::string_view StarttlsInitiator::on_token(const Token& token, std::string_view bytes,
                                             std::string_view behind) {
    assert(!is_secured() && !has_failed());
    switch (token.kind) {
        case TokenKind::need_more:
        case TokenKind::whitespace: return {};
        case TokenKind::stream_open: return on_header(bytes);
        case TokenKind::element: return on_element(token, bytes, behind);
        case TokenKind::stream_close: return fail(StarttlsFailure::stream_error);
        case TokenKind::refused: return fail(StarttlsFailure::malformed);
    }
    return fail(StarttlsFailure::malformed);
}

std::string_view StarttlsInitiator::on_header(std::string_view bytes) {
    if (state_ != State::wait_header) return fail(StarttlsFailure::unexpected_element);
    auto header = read_stream_header(bytes);
    if (!header) return fail(StarttlsFailure::malformed);
    if (!header->speaks_features) return fail(StarttlsFailure::no_starttls_offered);
    outer_ = std::move(header->bindings);
    state_ = State::wait_features;
    return {};
}

std::string_view StarttlsInitiator::on_element(const Token& token, std::string_view bytes,
                                               std::string_view behind) {
    if (token.is("error", ns::kStreams)) return fail(StarttlsFailure::stream_error);
    switch (state_) {
        case State::wait_features: return on_features(bytes);
        case State::wait_proceed: return on_verdict(token, behind);
        case State::wait_header:
        case State::secured:
        case State::failed: break;
    }
    return fail(StarttlsFailure::unexpected_element);
}

std::string_view StarttlsInitiator::on_features(std::string_view bytes) {
    const auto features = read_features(bytes, outer_);
    if (!features) return fail(StarttlsFailure::unexpected_element);
    if (!features->starttls) return fail(StarttlsFailure::no_starttls_offered);
    state_ = State::wait_proceed;
    return kStarttls;
}

std::string_view StarttlsInitiator::on_verdict(const Token& token, std::string_view behind) {
    if (token.is("failure", ns::kTls)) return fail(StarttlsFailure::refused);
    if (!token.is("proceed", ns::kTls)) return fail(StarttlsFailure::unexpected_element);
    if (!may_start_tls(behind)) return fail(StarttlsFailure::bytes_after_proceed);
    state_ = State::secured;
    return {};
}

std::string_view StarttlsInitiator::fail(StarttlsFailure why) {
    state_ = State::failed;
    failure_ = why;
    return {};
}

}  // namespace xmpp

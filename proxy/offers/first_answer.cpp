#include "proxy/offers/first_answer.h"

#include "xmpp/namespaces.h"
#include "xmpp/stream_error_reader.h"

namespace proxy {

using balancer::HealthReason;
using xmpp::TokenKind;
namespace ns = xmpp::ns;

namespace {

AnswerFault bad_answer(std::string_view word, std::string_view words) {
    return {.reason = HealthReason::bad_answer, .word = word, .words = words};
}

AnswerFault misunderstood(AnswerFault fault) {
    fault.is_misunderstood = true;
    return fault;
}

/// What a server says of bytes that are no XML to it: those of a PROXY header, or of TLS.
bool says_not_understood(xmpp::StreamErrorCondition condition) {
    using Condition = xmpp::StreamErrorCondition;
    return condition == Condition::not_well_formed || condition == Condition::bad_format ||
           condition == Condition::invalid_xml || condition == Condition::restricted_xml ||
           condition == Condition::unsupported_encoding;
}

core::Result<xmpp::FeaturesSummary, AnswerFault> judge_features(
    std::string_view bytes, const xmpp::NamespaceBindings& bindings) {
    auto offered = xmpp::read_features(bytes, bindings);
    if (!offered) return core::fail(bad_answer("unreadable_features", "they cannot be read"));
    const bool has_login = !offered->mechanisms.empty() || !offered->sasl2_mechanisms.empty();
    if (offered->starttls_required || (offered->starttls && !has_login)) {
        // Taking that out would leave a stream on which nobody can log in.
        return core::fail(
            bad_answer("starttls_required",
                       "the backend insists on TLS: set tls = \"starttls\" for it, or let it offer "
                       "login without TLS on this port"));
    }
    if (!has_login) {
        return core::fail(bad_answer(
            "no_login", "features without a login: no SASL mechanism is offered on this port"));
    }
    return *std::move(offered);
}

}  // namespace

AnswerFault fault_of(xmpp::ScanRule rule) {
    const bool is_limit = xmpp::condition_of(rule) == xmpp::StreamErrorCondition::policy_violation;
    if (is_limit) return bad_answer(xmpp::to_string(rule), "more than features may be");
    return misunderstood(bad_answer(xmpp::to_string(rule), "not XMPP"));
}

core::Result<xmpp::StreamHeader, AnswerFault> read_answer_header(std::string_view bytes) {
    auto header = xmpp::read_stream_header(bytes);
    if (!header) {
        return core::fail(
            bad_answer(xmpp::to_string(header.error()), "no stream header for clients"));
    }
    if (!header->speaks_features)
        return core::fail(misunderstood(bad_answer("old_version", "older than XMPP 1.0")));
    return header.value();
}

core::Result<xmpp::FeaturesSummary, AnswerFault> read_first_answer(
    const xmpp::Token& token, std::string_view bytes, const xmpp::NamespaceBindings& bindings) {
    if (token.kind == TokenKind::refused) return core::fail(fault_of(token.refusal.rule));
    if (token.kind == TokenKind::stream_close) {
        return core::fail(AnswerFault{.reason = HealthReason::ended_early,
                                      .word = "closed_without_features",
                                      .words = "the backend ended the stream"});
    }
    if (token.is("features", ns::kStreams)) return judge_features(bytes, bindings);
    if (token.is("error", ns::kStreams)) {
        const auto condition = xmpp::read_stream_error(bytes, bindings);
        return core::fail(AnswerFault{.reason = HealthReason::bad_answer,
                                      .word = xmpp::to_string(condition),
                                      .words = "stream error",
                                      .error = condition,
                                      .is_misunderstood = says_not_understood(condition)});
    }
    return core::fail(bad_answer("no_features", "an element where features were due"));
}

}  // namespace proxy

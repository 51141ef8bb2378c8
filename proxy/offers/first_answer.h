#pragma once
// What a backend may answer to our stream header, and why an answer is of no use: the one rule by
// which sessions (proxy/session/relay) and health checks (proxy/checks/probe_dialog) judge, so that
// a backend that is up takes logins. Pure; any thread.
// Why: proxy/README.md, "One judge of first answers".

#include <optional>
#include <string_view>

#include "balancer/health.h"
#include "core/result.h"
#include "xmpp/limits.h"
#include "xmpp/stream_features.h"
#include "xmpp/stream_header.h"
#include "xmpp/stream_scanner.h"

namespace proxy {

/// Of a backend's header and of the element behind it, until they have shown that it is a server.
/// Features list all that a server can do, each with a declaration of its own.
inline constexpr xmpp::ScanLimits kFirstAnswerLimits{
    .bytes = 64 * 1024, .depth = 32, .attributes = 64, .elements = 2048, .namespaces = 64};

/// Why an answer is of no use. Texts are static.
struct AnswerFault {
    balancer::HealthReason reason = balancer::HealthReason::bad_answer;
    std::string_view word;   // the same in the line of a session and in that of a check
    std::string_view words;  // what it means, and what can be done about it
    /// It is a stream error, for which the header that was sent can be the cause.
    std::optional<xmpp::StreamErrorCondition> error = {};
    /// One side does not understand the other, which wrong settings of the backend may explain.
    bool is_misunderstood = false;
};

/// The bytes are no XMPP: the scanner refused them.
AnswerFault fault_of(xmpp::ScanRule rule);

/// Reads the header, a stream_open token of the scanner.
core::Result<xmpp::StreamHeader, AnswerFault> read_answer_header(std::string_view bytes);

/// Judges what stands behind the header, any token but need_more and white space: features with a
/// login that can be taken as it is offered, or a fault. `bindings`: what the header declared.
core::Result<xmpp::FeaturesSummary, AnswerFault> read_first_answer(
    const xmpp::Token& token, std::string_view bytes, const xmpp::NamespaceBindings& bindings);

}  // namespace proxy

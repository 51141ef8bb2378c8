#pragma once
// Stanza errors of RFC 6120 section 8.3, answers to IQ requests and pushes, as bytes. Pure; any
// thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "backend/rules/stanza.h"

namespace backend {

/// Those of RFC 6120 section 8.3.3 that the rules use.
enum class StanzaErrorCondition : std::uint8_t {
    bad_request,
    forbidden,
    item_not_found,
    jid_malformed,
    not_acceptable,
    not_allowed,
    policy_violation,
    recipient_unavailable,
    remote_server_not_found,
    resource_constraint,
    service_unavailable,
};
/// The element name: "bad-request" and so on.
std::string_view to_string(StanzaErrorCondition condition);

/// What an error says. `detail` is an application-specific element in its own namespace, or empty.
struct StanzaError {
    StanzaErrorCondition condition{};
    std::string_view detail = {};
};

/// May the stanza be answered with an error? Errors and results never are (RFC 6120 section 8.3.1).
bool may_be_refused(const Stanza& stanza);

/// The error that goes back to `to` for a stanza of that kind and id; `from` empty: none.
std::string error_stanza(StanzaKind kind, std::string_view id, std::string_view from,
                         std::string_view to, const StanzaError& error);

/// <iq type='result'/> with `payload`, whole elements or nothing.
std::string iq_result(std::string_view id, std::string_view from, std::string_view to,
                      std::string_view payload = {});

/// <iq type='set'/> by which the server tells a client of a change.
std::string iq_push(std::string_view id, std::string_view to, std::string_view payload);

}  // namespace backend

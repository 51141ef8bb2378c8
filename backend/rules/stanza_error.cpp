#include "backend/rules/stanza_error.h"

#include "xmpp/namespaces.h"
#include "xmpp/xml_writing.h"

namespace backend {
namespace {

/// The error types that RFC 6120 section 8.3.3 gives the conditions.
std::string_view type_of(StanzaErrorCondition condition) {
    using enum StanzaErrorCondition;
    switch (condition) {
        case bad_request:
        case jid_malformed:
        case policy_violation: return "modify";
        case forbidden: return "auth";
        case recipient_unavailable:
        case resource_constraint: return "wait";
        case item_not_found:
        case not_acceptable:
        case not_allowed:
        case remote_server_not_found:
        case service_unavailable: return "cancel";
    }
    return "cancel";
}

}  // namespace

std::string_view to_string(StanzaErrorCondition condition) {
    using enum StanzaErrorCondition;
    switch (condition) {
        case bad_request: return "bad-request";
        case forbidden: return "forbidden";
        case item_not_found: return "item-not-found";
        case jid_malformed: return "jid-malformed";
        case not_acceptable: return "not-acceptable";
        case not_allowed: return "not-allowed";
        case policy_violation: return "policy-violation";
        case recipient_unavailable: return "recipient-unavailable";
        case remote_server_not_found: return "remote-server-not-found";
        case resource_constraint: return "resource-constraint";
        case service_unavailable: return "service-unavailable";
    }
    return "service-unavailable";
}

bool may_be_refused(const Stanza& stanza) {
    if (stanza.kind == StanzaKind::iq && stanza.type == "result") return false;
    return stanza.type != "error";
}

std::string error_stanza(StanzaKind kind, std::string_view id, std::string_view from,
                         std::string_view to, const StanzaError& error) {
    std::string out = "<";
    out += to_string(kind);
    xmpp::append_attribute(out, "from", from);
    xmpp::append_attribute(out, "to", to);
    xmpp::append_attribute(out, "id", id);
    out += " type='error'><error";
    xmpp::append_attribute(out, "type", type_of(error.condition));
    out += '>';
    out += xmpp::empty_element(to_string(error.condition), xmpp::ns::kStanzaErrors);
    out += error.detail;
    out += "</error></";
    out += to_string(kind);
    out += '>';
    return out;
}

std::string iq_result(std::string_view id, std::string_view from, std::string_view to,
                      std::string_view payload) {
    std::string out = "<iq type='result'";
    xmpp::append_attribute(out, "from", from);
    xmpp::append_attribute(out, "to", to);
    xmpp::append_attribute(out, "id", id);
    if (payload.empty()) return out += "/>";
    out += '>';
    out += payload;
    return out += "</iq>";
}

std::string iq_push(std::string_view id, std::string_view to, std::string_view payload) {
    std::string out = "<iq type='set'";
    xmpp::append_attribute(out, "to", to);
    xmpp::append_attribute(out, "id", id);
    out += '>';
    out += payload;
    return out += "</iq>";
}

}  // namespace backend

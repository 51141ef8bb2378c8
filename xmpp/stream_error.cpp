#include "xmpp/stream_error.h"

#include "xmpp/namespaces.h"
#include "xmpp/xml_text.h"

namespace xmpp {

std::string_view to_string(StreamErrorCondition condition) {
    using enum StreamErrorCondition;
    switch (condition) {
        case bad_format: return "bad-format";
        case bad_namespace_prefix: return "bad-namespace-prefix";
        case conflict: return "conflict";
        case connection_timeout: return "connection-timeout";
        case host_gone: return "host-gone";
        case host_unknown: return "host-unknown";
        case improper_addressing: return "improper-addressing";
        case internal_server_error: return "internal-server-error";
        case invalid_from: return "invalid-from";
        case invalid_namespace: return "invalid-namespace";
        case invalid_xml: return "invalid-xml";
        case not_authorized: return "not-authorized";
        case not_well_formed: return "not-well-formed";
        case policy_violation: return "policy-violation";
        case remote_connection_failed: return "remote-connection-failed";
        case reset: return "reset";
        case resource_constraint: return "resource-constraint";
        case restricted_xml: return "restricted-xml";
        case see_other_host: return "see-other-host";
        case system_shutdown: return "system-shutdown";
        case undefined_condition: return "undefined-condition";
        case unsupported_encoding: return "unsupported-encoding";
        case unsupported_feature: return "unsupported-feature";
        case unsupported_stanza_type: return "unsupported-stanza-type";
        case unsupported_version: return "unsupported-version";
    }
    return "undefined-condition";
}

std::optional<StreamErrorCondition> condition_named(std::string_view name) {
    for (const StreamErrorCondition known : kStreamErrorConditions)
        if (name == to_string(known)) return known;
    return std::nullopt;
}

std::string stream_error_and_close(StreamErrorCondition condition, std::string_view text) {
    std::string out = "<stream:error><";
    out += to_string(condition);
    out += " xmlns='";
    out += ns::kStreamErrors;
    out += "'/>";
    if (!text.empty()) {
        out += "<text xmlns='";
        out += ns::kStreamErrors;
        out += "' xml:lang='en'>";
        append_escaped(out, text);
        out += "</text>";
    }
    out += "</stream:error></stream:stream>";
    return out;
}

}  // namespace xmpp

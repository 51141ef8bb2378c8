#include "xmpp/bosh_condition.h"

namespace xmpp {

std::string_view to_string(BoshCondition condition) {
    switch (condition) {
        case BoshCondition::bad_request: return "bad-request";
        case BoshCondition::host_gone: return "host-gone";
        case BoshCondition::host_unknown: return "host-unknown";
        case BoshCondition::improper_addressing: return "improper-addressing";
        case BoshCondition::internal_server_error: return "internal-server-error";
        case BoshCondition::item_not_found: return "item-not-found";
        case BoshCondition::other_request: return "other-request";
        case BoshCondition::policy_violation: return "policy-violation";
        case BoshCondition::remote_connection_failed: return "remote-connection-failed";
        case BoshCondition::remote_stream_error: return "remote-stream-error";
        case BoshCondition::see_other_uri: return "see-other-uri";
        case BoshCondition::system_shutdown: return "system-shutdown";
        case BoshCondition::undefined_condition: return "undefined-condition";
    }
    return "undefined-condition";
}

}  // namespace xmpp

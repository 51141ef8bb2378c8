#include "proxy/web/bosh_actions.h"

namespace proxy {

std::uint16_t legacy_status(xmpp::BoshCondition condition) {
    switch (condition) {
        case xmpp::BoshCondition::bad_request:
        case xmpp::BoshCondition::improper_addressing: return 400;
        case xmpp::BoshCondition::policy_violation: return 403;
        case xmpp::BoshCondition::item_not_found: return 404;
        default: return 200;
    }
}

}  // namespace proxy

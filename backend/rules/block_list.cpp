#include "backend/rules/block_list.h"

#include <algorithm>

#include "backend/rules/addressing.h"
#include "xmpp/namespaces.h"
#include "xmpp/xml_writing.h"

namespace backend {

bool is_named_by(std::string_view jid, std::string_view entry) {
    return entry == jid || entry == bare_of(jid) || entry == domain_of(jid);
}

bool has_blocked(std::string_view owner, const UserSnapshot& snapshot, std::string_view jid) {
    if (bare_of(jid) == owner) return false;
    return std::any_of(snapshot.blocks.begin(), snapshot.blocks.end(),
                       [&](const std::string& entry) { return is_named_by(jid, entry); });
}

std::string blocked_detail() {
    return xmpp::empty_element("blocked", xmpp::ns::kBlockingErrors);
}

}  // namespace backend

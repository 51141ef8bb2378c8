#include "backend/node/client_state.h"

#include "xmpp/markup.h"

namespace backend {

bool can_wait(std::string_view stanza) {
    if (!stanza.starts_with("<presence")) return false;
    const auto type = xmpp::attribute_at(stanza, 0, "type");
    if (!type) return true;
    const std::string_view text = stanza.substr(type->begin, type->end - type->begin);
    return text.ends_with("'unavailable'") || text.ends_with("\"unavailable\"");
}

}  // namespace backend

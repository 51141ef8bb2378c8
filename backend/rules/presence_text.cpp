#include "backend/rules/presence_text.h"

#include "xmpp/xml_writing.h"

namespace backend {

std::string presence_of_type(std::string_view type, std::string_view from, std::string_view to,
                             std::string_view id) {
    std::string out = "<presence";
    xmpp::append_attribute(out, "from", from);
    xmpp::append_attribute(out, "to", to);
    xmpp::append_attribute(out, "id", id);
    xmpp::append_attribute(out, "type", type);
    return out += "/>";
}

std::string unavailable_presence(std::string_view from) {
    return presence_of_type("unavailable", from, {});
}

std::string subscription_presence(SubscriptionAction action, std::string_view from,
                                  std::string_view to) {
    return presence_of_type(to_string(action), from, to);
}

}  // namespace backend

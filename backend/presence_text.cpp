#include "backend/presence_text.h"

#include "backend/stanza_error.h"

namespace backend {
namespace {

std::string presence(std::string_view type, std::string_view from, std::string_view to) {
    std::string out = "<presence";
    append_attribute(out, "from", from);
    append_attribute(out, "to", to);
    append_attribute(out, "type", type);
    return out += "/>";
}

}  // namespace

std::string unavailable_presence(std::string_view from) {
    return presence("unavailable", from, {});
}

std::string subscription_presence(SubscriptionAction action, std::string_view from,
                                  std::string_view to) {
    return presence(to_string(action), from, to);
}

}  // namespace backend

#include "backend/rules/delay.h"

#include <fmt/chrono.h>

#include "backend/namespaces.h"
#include "backend/rules/stanza.h"
#include "backend/xml_writing.h"

namespace backend {

std::string utc_time(std::chrono::system_clock::time_point time) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::string with_delay(std::string_view stanza, std::string_view by,
                       std::chrono::system_clock::time_point time) {
    const xmpp::ElementReader reader(stanza);
    for (auto at = reader.root().first_child(); at; at = at.next_sibling()) {
        if (at.is("delay", ns::kDelay) && at.attribute("from") == by) return std::string(stanza);
    }
    return with_child(stanza, "<delay" + attribute("xmlns", ns::kDelay) + attribute("from", by) +
                                  attribute("stamp", utc_time(time)) + "/>");
}

}  // namespace backend

#include "backend/rules/delay.h"

#include <fmt/chrono.h>

#include "backend/rules/stanza.h"
#include "xmpp/namespaces.h"
#include "xmpp/xml_writing.h"

namespace backend {

std::string utc_time(std::chrono::system_clock::time_point time) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::string with_delay(std::string_view stanza, std::string_view by,
                       std::chrono::system_clock::time_point time) {
    const xmpp::ElementReader reader(stanza);
    for (auto at = reader.root().first_child(); at; at = at.next_sibling()) {
        if (at.is("delay", xmpp::ns::kDelay) && at.attribute("from") == by)
            return std::string(stanza);
    }
    return with_child(stanza, "<delay" + xmpp::attribute("xmlns", xmpp::ns::kDelay) +
                                  xmpp::attribute("from", by) +
                                  xmpp::attribute("stamp", utc_time(time)) + "/>");
}

}  // namespace backend

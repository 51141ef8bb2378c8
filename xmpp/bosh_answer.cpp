#include "xmpp/bosh_answer.h"

#include "xmpp/namespaces.h"
#include "xmpp/xml_writing.h"

namespace xmpp {
namespace {

constexpr std::string_view kBodyStart = "<body xmlns='http://jabber.org/protocol/httpbind'";
constexpr std::string_view kStreamPrefixDeclared =
    " xmlns:stream='http://etherx.jabber.org/streams'";
constexpr std::string_view kXboshDeclared = " xmlns:xmpp='urn:xmpp:xbosh'";

void append_number(std::string& out, std::string_view name, std::uint64_t number) {
    out.append(" ").append(name).append("='").append(std::to_string(number)).append("'");
}

/// `start`: the start tag but for its end.
std::string finished(std::string start, std::string_view payload) {
    if (payload.empty()) return start += "/>";
    start.reserve(start.size() + payload.size() + 8);
    return start.append(">").append(payload).append("</body>");
}

}  // namespace

std::string write_bosh_creation(const BoshCreation& creation, std::string_view payload) {
    std::string out(kBodyStart);
    out.append(kXboshDeclared).append(kStreamPrefixDeclared);
    append_attribute(out, "sid", creation.sid.reveal());
    append_number(out, "wait", creation.wait);
    append_number(out, "requests", creation.requests);
    append_number(out, "hold", creation.hold);
    append_number(out, "inactivity", creation.inactivity);
    append_number(out, "polling", creation.polling);
    append_number(out, "maxpause", creation.maxpause);
    out += attribute("ver",
                     std::to_string(creation.ver.major) + '.' + std::to_string(creation.ver.minor));
    if (creation.ack) append_number(out, "ack", *creation.ack);
    append_attribute(out, "authid", creation.authid);
    append_attribute(out, "from", creation.from);
    if (creation.secure) out += attribute("secure", "true");
    out += attribute("xmpp:version", "1.0");
    out += attribute("xmpp:restartlogic", "true");
    return finished(std::move(out), payload);
}

std::string write_bosh_body(std::string_view payload, bool holds_stream_element,
                            std::optional<std::uint64_t> ack) {
    std::string out(kBodyStart);
    if (holds_stream_element) out += kStreamPrefixDeclared;
    if (ack) append_number(out, "ack", *ack);
    return finished(std::move(out), payload);
}

std::string write_bosh_terminate(std::optional<BoshCondition> condition, std::string_view payload) {
    std::string out(kBodyStart);
    if (condition == BoshCondition::remote_stream_error) out += kStreamPrefixDeclared;
    out += attribute("type", "terminate");
    if (condition) out += attribute("condition", to_string(*condition));
    return finished(std::move(out), payload);
}

}  // namespace xmpp

#include "xmpp/framing.h"

#include <algorithm>
#include <cassert>

#include "xmpp/element.h"
#include "xmpp/namespaces.h"
#include "xmpp/xml_text.h"
#include "xmpp/xml_writing.h"

namespace xmpp {
namespace {

constexpr std::string_view kBlankBytes = " \t\r\n";

/// Elements are in its scope, as those of a stream are; it is never sent.
constexpr std::string_view kScope =
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

FramedMessage refused(StreamErrorCondition condition, std::string_view rule,
                      std::string text = {}) {
    FramedMessage message;
    message.kind = FramedMessage::Kind::refused;
    message.condition = condition;
    message.rule = rule;
    message.text = std::move(text);
    return message;
}

FramedMessage not_one_element() {
    return refused(StreamErrorCondition::bad_format, "not_one_element",
                   "a message holds one element, and all of it (RFC 7395)");
}

/// As write_initial_header() would, but with the version that the client says. RFC 7395 wants one;
/// without it servers of old would not send features.
std::string header_for(const Element& open) {
    const auto value = [&](std::string_view name) {
        return open.attribute(name).value_or(std::string_view());
    };
    std::string header =
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
        "xmlns:stream='http://etherx.jabber.org/streams'";
    append_attribute(header, "to", value("to"));
    append_attribute(header, "from", value("from"));
    append_attribute(header, "xml:lang", value("xml:lang"));
    const auto version = open.attribute("version");
    header += attribute("version", version.value_or("1.0"));
    return header + ">";
}

}  // namespace

std::string framed_open(const StreamHeader& header) {
    std::string open = "<open xmlns=\"urn:ietf:params:xml:ns:xmpp-framing\"";
    append_attribute(open, "from", header.from);
    append_attribute(open, "to", header.to);
    append_attribute(open, "id", header.id);
    append_attribute(open, "xml:lang", header.lang);
    append_attribute(open, "version", header.version);
    return open + "/>";
}

FramedReader::FramedReader(ScanWorkPool& pool, const ScanLimits& limits)
    : scanner_(pool, limits), limits_(&limits) {
    [[maybe_unused]] const Token scope = scanner_.next(kScope);
    assert(scope.kind == TokenKind::stream_open);
}

FramedMessage FramedReader::read(std::string_view message, bool is_whole) {
    FramedMessage found = look(message, is_whole);
    if (found.kind != FramedMessage::Kind::need_more) blank_ = seen_ = 0;
    return found;
}

FramedMessage FramedReader::look(std::string_view message, bool is_whole) {
    if (message.size() > limits_->bytes + kAroundElement)
        return refused(StreamErrorCondition::policy_violation, "message_too_big",
                       "a message may not be that large here");
    if (seen_ != 0) {
        if (!is_white_space(message.substr(seen_))) return not_one_element();
        seen_ = static_cast<std::uint32_t>(message.size());
        if (!is_whole) return {};
    }
    if (blank_ < message.size() && kBlankBytes.find(message[blank_]) != std::string_view::npos)
        blank_ = static_cast<std::uint32_t>(
            std::min(message.find_first_not_of(kBlankBytes, blank_), message.size()));
    const std::string_view rest = message.substr(blank_);
    if (rest.empty()) {
        FramedMessage nothing;
        if (is_whole) nothing.kind = FramedMessage::Kind::nothing;
        return nothing;
    }
    const Token token = scanner_.next(rest);
    switch (token.kind) {
        case TokenKind::need_more: return is_whole ? not_one_element() : FramedMessage{};
        case TokenKind::refused: {
            const ScanRule rule = token.refusal.rule;
            return refused(condition_of(rule), to_string(rule), limit_text(token.refusal));
        }
        case TokenKind::element: break;
        default: return not_one_element();
    }
    if (!is_white_space(rest.substr(token.size))) return not_one_element();
    if (is_whole) return judge(token, rest.substr(0, token.size));
    // It is cut out once more when all of the message is there, which may move until then.
    seen_ = static_cast<std::uint32_t>(message.size());
    return {};
}

FramedMessage FramedReader::judge(const Token& token, std::string_view element) {
    FramedMessage message;
    message.kind = FramedMessage::Kind::stream;
    message.element = element;
    if (token.namespace_uri == ns::kFraming) {
        const ElementReader reader(element);
        if (reader.root().first_child() || !is_white_space(reader.root().text()))
            return not_one_element();
        if (token.local_name == "open") {
            message.made = header_for(reader.root());
            return message;
        }
        if (token.local_name == "close") {
            message.kind = FramedMessage::Kind::close;
            message.element = kStreamEnd;
            return message;
        }
        return refused(StreamErrorCondition::unsupported_stanza_type, "unknown_framing_element");
    }
    if (token.local_name == "open" || token.local_name == "close") {
        return refused(StreamErrorCondition::invalid_namespace, "wrong_framing_namespace",
                       "the namespace is urn:ietf:params:xml:ns:xmpp-framing (RFC 7395)");
    }
    if (token.is("stream", ns::kStreams)) {
        return refused(StreamErrorCondition::bad_format, "stream_tag_in_message",
                       "streams begin with <open/> here (RFC 7395)");
    }
    return message;
}

}  // namespace xmpp

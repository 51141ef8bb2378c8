#include "xmpp/sasl_element.h"

#include <algorithm>

#include "xmpp/markup.h"
#include "xmpp/namespaces.h"
#include "xmpp/xml_text.h"

namespace xmpp {
namespace {

Element initial_response(Element root) {
    return root.child("initial-response", ns::kSasl2);
}

/// `text` as the profile writes bytes: in RFC 6120 a lone "=" stands for none at all.
std::optional<SaslData> decode(SaslProfile profile, std::string_view text) {
    if (profile == SaslProfile::rfc6120 && text == "=") return SaslData();
    return decode_base64(text);
}

}  // namespace

std::optional<SaslVerb> sasl_verb(std::string_view name, std::string_view namespace_uri) {
    const bool is_sasl = namespace_uri == ns::kSasl;
    const bool is_sasl2 = namespace_uri == ns::kSasl2;
    if (is_sasl && name == "auth") return SaslVerb::begin;
    if (is_sasl2 && name == "authenticate") return SaslVerb::begin;
    if ((is_sasl || is_sasl2) && name == "response") return SaslVerb::response;
    if ((is_sasl || is_sasl2) && name == "abort") return SaslVerb::abort;
    return std::nullopt;
}

std::optional<SaslElement> read_sasl_element(std::string_view element,
                                             const NamespaceBindings& outer) {
    const ElementReader reader(without_text(element), outer);
    const Element root = reader.root();
    const auto verb = sasl_verb(root.local_name(), root.namespace_uri());
    if (!verb) return std::nullopt;

    SaslElement read;
    read.profile = root.namespace_uri() == ns::kSasl2 ? SaslProfile::sasl2 : SaslProfile::rfc6120;
    read.verb = *verb;
    read.mechanism = std::string(root.attribute("mechanism").value_or(""));
    if (*verb == SaslVerb::abort) return read;

    Element holder = root;
    if (*verb == SaslVerb::begin && read.profile == SaslProfile::sasl2) {
        holder = initial_response(root);
        if (!holder) return read;
    }
    const ByteRange content = content_at(element, holder.offset());
    const auto text = element.substr(content.begin, content.end - content.begin);
    // RFC 6120 section 6.4.2: an empty <auth/> holds no initial response, "=" an empty one.
    read.has_data =
        !(text.empty() && *verb == SaslVerb::begin && read.profile == SaslProfile::rfc6120);
    if (read.has_data) read.data = decode(read.profile, text);
    return read;
}

std::string sasl_failure(SaslProfile profile, std::string_view condition, std::string_view text) {
    const bool is_sasl2 = profile == SaslProfile::sasl2;
    const std::string conditions(ns::kSasl);
    // XEP-0388 section 2.6: the conditions stay in the namespace of RFC 6120.
    return "<failure xmlns='" + (is_sasl2 ? std::string(ns::kSasl2) : conditions) + "'><" +
           std::string(condition) + (is_sasl2 ? " xmlns='" + conditions + "'" : "") +
           "/><text xml:lang='en'>" + escaped(text) + "</text></failure>";
}

std::string without_text(std::string_view element) {
    std::string tags(element.size(), ' ');
    std::size_t at = 0;
    while ((at = element.find('<', at)) != std::string_view::npos) {
        if (element.substr(at).starts_with(kCdataOpen)) {
            at = std::min(element.find(kCdataClose, at), element.size());
            continue;
        }
        const ByteRange tag = tag_at(element, at);
        element.copy(tags.data() + tag.begin, tag.end - tag.begin, tag.begin);
        at = tag.end;
    }
    return tags;
}

std::string without_initial_response(std::string_view element, const NamespaceBindings& outer) {
    const ElementReader reader(without_text(element), outer);
    const Element root = reader.root();
    std::string rest;
    rest.reserve(element.size());
    std::size_t copied = 0;
    for (Element at = root.first_child(); at; at = at.next_sibling()) {
        if (!at.is("initial-response", ns::kSasl2)) continue;
        const ByteRange content = content_at(element, at.offset());
        rest += element.substr(copied, content.begin - copied);
        rest.append(content.end - content.begin, ' ');
        copied = content.end;
    }
    return rest += element.substr(copied);
}

}  // namespace xmpp

#include "xmpp/stream_management.h"

#include "xmpp/markup.h"
#include "xmpp/namespaces.h"
#include "xmpp/sasl_element.h"
#include "xmpp/xml_text.h"

namespace xmpp {
namespace {

constexpr std::string_view kLocation = "location";
constexpr std::string_view kFailed3 =
    "<failed xmlns='urn:xmpp:sm:3'><item-not-found "
    "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>";
constexpr std::string_view kFailed2 =
    "<failed xmlns='urn:xmpp:sm:2'><item-not-found "
    "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>";

std::optional<SmCarrier> carrier_of(Element element) {
    const auto is = [&](std::string_view name) {
        return element.is(name, ns::kSm3) || element.is(name, ns::kSm2);
    };
    if (is("enabled")) return SmCarrier::enabled;
    if (is("resume")) return SmCarrier::resume;
    if (is("resumed")) return SmCarrier::resumed;
    return std::nullopt;
}

std::string_view attribute_of(SmCarrier carrier) {
    return carrier == SmCarrier::enabled ? "id" : "previd";
}

/// Calls `visit(carrier, element)` for each that may stand at or in `root`.
template <class Visit>
void each_carrier(Element root, const Visit& visit) {
    const auto visit_if = [&](Element element, SmCarrier wanted) {
        if (carrier_of(element) == wanted) visit(wanted, element);
    };
    if (const auto carrier = carrier_of(root)) return visit(*carrier, root);
    if (root.is("authenticate", ns::kSasl2)) {
        for (Element at = root.first_child(); at; at = at.next_sibling())
            visit_if(at, SmCarrier::resume);
    } else if (root.is("success", ns::kSasl2)) {
        for (Element at = root.first_child(); at; at = at.next_sibling()) {
            visit_if(at, SmCarrier::resumed);
            if (!at.is("bound", ns::kBind2)) continue;
            for (Element in = at.first_child(); in; in = in.next_sibling())
                visit_if(in, SmCarrier::enabled);
        }
    }
}

}  // namespace

std::optional<std::string> edit_stream_management(std::string_view element, const SmEdits& edits,
                                                  const NamespaceBindings& outer) {
    const ElementReader reader(without_text(element), outer);
    const Element root = reader.root();
    ByteEdits changes;
    each_carrier(root, [&](SmCarrier carrier, Element at) {
        const std::size_t place = at.offset();
        if (carrier == SmCarrier::resume && edits.cuts_resume && place != 0) {
            changes.cut(element_at(element, place));
            return;
        }
        const auto location = attribute_at(element, place, kLocation);
        if (carrier == SmCarrier::enabled && edits.cuts_location && location)
            changes.cut(*location);
        const std::string_view name = attribute_of(carrier);
        const auto id = at.attribute(name);
        const auto range = attribute_at(element, place, name);
        if (!edits.id || !id || !range) return;
        if (const auto other = edits.id(carrier, *id))
            changes.replace(*range, " " + std::string(name) + "='" + escaped(*other) + "'");
    });
    if (changes.empty()) return std::nullopt;
    return changes.apply(element);
}

std::optional<SmId> read_previd(std::string_view element, const NamespaceBindings& outer) {
    const ElementReader reader(without_text(element), outer);
    std::optional<SmId> found;
    each_carrier(reader.root(), [&](SmCarrier carrier, Element at) {
        if (carrier == SmCarrier::resume && !found)
            found = SmId(std::string(at.attribute("previd").value_or("")));
    });
    return found;
}

std::string_view resumption_failed(std::string_view namespace_uri) {
    return namespace_uri == ns::kSm2 ? kFailed2 : kFailed3;
}

std::string with_resumption_failed(std::string_view success) {
    const ByteRange content = content_at(success, 0);
    std::string all(success.substr(0, content.end));
    if (content.end == success.size()) {
        // `<success .../>`: its name may have a prefix.
        all.replace(all.size() - 2, 2, ">");
        all.append(kFailed3).append("</");
        all.append(success.substr(1, name_end(success) - 1)).append(">");
        return all;
    }
    return all.append(kFailed3).append(success.substr(content.end));
}

}  // namespace xmpp

#include "xmpp/stream_management.h"

#include "xmpp/markup.h"
#include "xmpp/namespaces.h"

namespace xmpp {
namespace {

constexpr std::string_view kLocation = "location";

/// The `<enabled/>` that `root` is or carries; none if it does neither.
Element find_enabled(Element root) {
    const auto is_enabled = [](Element e) {
        return e.is("enabled", ns::kSm3) || e.is("enabled", ns::kSm2);
    };
    if (is_enabled(root)) return root;
    Element at = root.is("success", ns::kSasl2) ? root : Element{};
    at = at.child("bound", ns::kBind2).first_child();
    while (at && !is_enabled(at)) at = at.next_sibling();
    return at;
}

std::optional<std::string> cut_attribute(std::string_view text, std::size_t tag,
                                         std::string_view name) {
    const auto range = attribute_at(text, tag, name);
    if (!range) return std::nullopt;
    ByteEdits edits;
    edits.cut(*range);
    return edits.apply(text);
}

}  // namespace

std::optional<std::string> remove_attribute(std::string_view element, std::string_view name) {
    return cut_attribute(element, 0, name);
}

std::optional<std::string> without_location(std::string_view element,
                                            const NamespaceBindings& outer) {
    // Names cannot be spelt otherwise in XML, so most elements need no second look.
    if (element.find(kLocation) == std::string_view::npos) return std::nullopt;
    const ElementReader reader(element, outer);
    const Element enabled = find_enabled(reader.root());
    if (!enabled) return std::nullopt;
    return cut_attribute(element, enabled.offset(), kLocation);
}

}  // namespace xmpp

#include "xmpp/stream_management.h"

#include "xmpp/markup.h"
#include "xmpp/namespaces.h"

namespace xmpp {
namespace {

constexpr std::string_view kLocation = "location";

/// Cuts `location` out of `<enabled/>` elements, wherever a server may put them.
class LocationCutter {
public:
    explicit LocationCutter(std::string_view text) : text_(text) {}

    void visit(Element root) {
        if (is_enabled(root)) cut(root);
        if (!root.is("success", ns::kSasl2)) return;
        for (Element at = root.first_child(); at; at = at.next_sibling()) {
            if (at.is("bound", ns::kBind2)) visit_bound(at);
        }
    }

    std::optional<std::string> result() const {
        if (edits_.empty()) return std::nullopt;
        return edits_.apply(text_);
    }

private:
    static bool is_enabled(Element element) {
        return element.is("enabled", ns::kSm3) || element.is("enabled", ns::kSm2);
    }

    void visit_bound(Element bound) {
        for (Element at = bound.first_child(); at; at = at.next_sibling()) {
            if (is_enabled(at)) cut(at);
        }
    }

    void cut(Element enabled) {
        if (const auto range = attribute_at(text_, enabled.offset(), kLocation)) edits_.cut(*range);
    }

    std::string_view text_;
    ByteEdits edits_;
};

}  // namespace

std::optional<std::string> without_location(std::string_view element,
                                            const NamespaceBindings& outer) {
    // Names cannot be spelt otherwise in XML, so most elements need no second look.
    if (element.find(kLocation) == std::string_view::npos) return std::nullopt;
    const ElementReader reader(element, outer);
    LocationCutter cutter(element);
    cutter.visit(reader.root());
    return cutter.result();
}

}  // namespace xmpp

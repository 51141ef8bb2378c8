#pragma once
// A view of one complete element that the scanner has accepted: names, namespaces, attributes,
// children, text. It lies over pugixml, which is far too lenient to meet anything else (it accepts
// DOCTYPE, duplicate attributes, bad UTF-8) and knows no namespaces; prefixes are resolved here.
// Pure; any thread.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pugixml.hpp>

namespace xmpp {

/// One namespace declaration; an empty prefix is the default namespace. The URI has its entities
/// decoded.
struct NamespaceBinding {
    std::string prefix;
    std::string uri;

    /// Of the attribute that declares it: "xmlns" or "xmlns:prefix".
    std::string attribute_name() const;
    friend bool operator==(const NamespaceBinding&, const NamespaceBinding&) = default;
};

/// The declarations of a stream header, which every element of the stream inherits.
using NamespaceBindings = std::vector<NamespaceBinding>;

/// What nearly every c2s header declares: jabber:client as default, and the prefix `stream`.
const NamespaceBindings& usual_bindings();
/// Are these the same, in any order?
bool are_usual(const NamespaceBindings& bindings);

/// An element inside an ElementReader, or none (then every answer is empty). Cheap to copy. Valid,
/// and so every view it returns, until its ElementReader is destroyed.
class Element {
public:
    Element() = default;
    explicit operator bool() const { return static_cast<bool>(node_); }

    std::string_view local_name() const;
    /// The namespace that qualifies it; empty if there is none.
    std::string_view namespace_uri() const;
    bool is(std::string_view name, std::string_view uri) const;

    /// The value of an attribute without prefix (or of "xml:lang", by that name), decoded; nullopt
    /// if absent.
    std::optional<std::string_view> attribute(std::string_view name) const;

    /// The first child element of that name, in document order; none if there is none.
    Element child(std::string_view name, std::string_view uri) const;
    /// Walks over all child elements: for (auto at = e.first_child(); at; at = at.next_sibling()).
    Element first_child() const;
    Element next_sibling() const;

    /// All character data directly inside it, CDATA included, decoded, without trimming.
    std::string text() const;

    /// Where its '<' stands in the bytes given to the reader. Not for the missing element.
    std::size_t offset() const;

    /// The namespace declarations that stand on this very element, in order.
    NamespaceBindings declarations() const;

private:
    friend class ElementReader;
    Element(pugi::xml_node node, const NamespaceBindings* outer) : node_(node), outer_(outer) {}

    pugi::xml_node node_;
    const NamespaceBindings* outer_ = nullptr;
};

/// Opens the bytes of one element. To be held on the stack for the length of a question: pugixml
/// takes at least one page of 32 KiB per document, which no session may keep.
class ElementReader {
public:
    /// `bytes`: an element token of the scanner, not needed after the call. `outer`: what the
    /// stream header declared; must outlive the reader. Bytes that pugixml does not take give a
    /// missing root.
    explicit ElementReader(std::string_view bytes,
                           const NamespaceBindings& outer = usual_bindings());
    ElementReader(const ElementReader&) = delete;
    ElementReader& operator=(const ElementReader&) = delete;

    Element root() const;

private:
    pugi::xml_document document_;
    const NamespaceBindings* outer_;
};

}  // namespace xmpp

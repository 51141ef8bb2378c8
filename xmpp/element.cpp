#include "xmpp/element.h"

#include <algorithm>

#include <cassert>

#include "xmpp/namespaces.h"

namespace xmpp {
namespace {

// White space between tags counts as text; line ends and attribute white space are normalised as
// XML 1.0 wants.
constexpr unsigned kParseOptions = pugi::parse_default | pugi::parse_ws_pcdata;

constexpr std::string_view kDeclare = "xmlns";

struct QualifiedName {
    std::string_view prefix;  // empty if there is none
    std::string_view local;
};

QualifiedName split(std::string_view name) {
    const std::size_t colon = name.find(':');
    if (colon == std::string_view::npos) return {{}, name};
    return {name.substr(0, colon), name.substr(colon + 1)};
}

/// The prefix that an attribute declares ("" for the default namespace); nullopt if it is no
/// declaration.
std::optional<std::string_view> declared_prefix(std::string_view attribute) {
    if (!attribute.starts_with(kDeclare)) return std::nullopt;
    attribute.remove_prefix(kDeclare.size());
    if (attribute.empty()) return attribute;
    if (attribute.front() != ':') return std::nullopt;
    return attribute.substr(1);
}

/// The nearest declaration of `prefix`, from `node` outwards.
std::string_view resolve(pugi::xml_node node, std::string_view prefix,
                         const NamespaceBindings& outer) {
    if (prefix == "xml") return ns::kXml;
    for (; node.type() == pugi::node_element; node = node.parent()) {
        for (const pugi::xml_attribute attribute : node.attributes()) {
            if (declared_prefix(attribute.name()) == prefix) return attribute.value();
        }
    }
    for (const NamespaceBinding& binding : outer) {
        if (binding.prefix == prefix) return binding.uri;
    }
    return {};
}

pugi::xml_node element_from(pugi::xml_node node) {
    while (node && node.type() != pugi::node_element) node = node.next_sibling();
    return node;
}

}  // namespace

std::string NamespaceBinding::attribute_name() const {
    return prefix.empty() ? std::string(kDeclare) : std::string(kDeclare) + ':' + prefix;
}

const NamespaceBindings& usual_bindings() {
    static const NamespaceBindings bindings{{"", std::string(ns::kClient)},
                                            {"stream", std::string(ns::kStreams)}};
    return bindings;
}

bool are_usual(const NamespaceBindings& bindings) {
    const NamespaceBindings& usual = usual_bindings();
    return std::is_permutation(bindings.begin(), bindings.end(), usual.begin(), usual.end());
}

std::string_view Element::local_name() const {
    return split(node_.name()).local;
}

std::string_view Element::namespace_uri() const {
    if (!node_) return {};
    return resolve(node_, split(node_.name()).prefix, *outer_);
}

bool Element::is(std::string_view name, std::string_view uri) const {
    return node_ && local_name() == name && namespace_uri() == uri;
}

std::optional<std::string_view> Element::attribute(std::string_view name) const {
    for (const pugi::xml_attribute attribute : node_.attributes()) {
        if (name == attribute.name()) return attribute.value();
    }
    return std::nullopt;
}

Element Element::child(std::string_view name, std::string_view uri) const {
    Element at = first_child();
    while (at && !at.is(name, uri)) at = at.next_sibling();
    return at;
}

Element Element::first_child() const {
    return {element_from(node_.first_child()), outer_};
}

Element Element::next_sibling() const {
    return {element_from(node_.next_sibling()), outer_};
}

std::string Element::text() const {
    std::string text;
    for (const pugi::xml_node child : node_.children()) {
        if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
            text += child.value();
        }
    }
    return text;
}

std::size_t Element::offset() const {
    assert(node_);
    // pugixml says where the name stands, which is right behind the '<'.
    return static_cast<std::size_t>(node_.offset_debug()) - 1;
}

NamespaceBindings Element::declarations() const {
    NamespaceBindings declared;
    for (const pugi::xml_attribute attribute : node_.attributes()) {
        if (const auto prefix = declared_prefix(attribute.name())) {
            declared.push_back({std::string(*prefix), attribute.value()});
        }
    }
    return declared;
}

ElementReader::ElementReader(std::string_view bytes, const NamespaceBindings& outer)
    : outer_(&outer) {
    const auto parsed =
        document_.load_buffer(bytes.data(), bytes.size(), kParseOptions, pugi::encoding_utf8);
    if (!parsed) document_.reset();
}

Element ElementReader::root() const {
    return {document_.document_element(), outer_};
}

}  // namespace xmpp

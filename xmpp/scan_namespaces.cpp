// Declarations of open elements form a stack of bindings; a prefix is looked up from its top, then
// among the header's declarations. Both are bounded by ScanLimits::namespaces, so plain loops
// serve. URIs are compared as what they stand for; decoding them is the rare case, since hardly one
// holds a reference.

#include "xmpp/scan_namespaces.h"

#include "xmpp/attribute_value.h"
#include "xmpp/namespaces.h"

namespace xmpp {

Refusal ScanNamespaces::open_tag(NamespaceId& element) {
    for (const QualifiedAttribute& attribute : work_.qualified) {
        if (!attribute.declares) continue;
        const Refusal refusal = declare(attribute);
        if (refusal.rule != ScanRule::none) return refusal;
    }
    const QName& name = work_.open.back().name;
    element = work_.default_namespace;
    if (name.prefix_size != 0) {
        if (name.prefix(window_) == "xmlns") return {ScanRule::reserved_prefix, name.begin};
        const std::optional<NamespaceId> found = find(name.prefix(window_));
        if (!found) return {ScanRule::unbound_prefix, name.begin};
        element = *found;
    }
    for (QualifiedAttribute& attribute : work_.qualified) {
        if (attribute.declares) continue;
        const std::optional<NamespaceId> found = find(attribute.name.prefix(window_));
        if (!found) return {ScanRule::unbound_prefix, attribute.name.begin};
        attribute.name_space = first_same(*found);
    }
    return compare_attributes();
}

void ScanNamespaces::close_tag() {
    while (work_.bindings.size() > work_.open.back().bindings) {
        const Binding& binding = work_.bindings.back();
        if (binding.prefix_size == 0) {
            work_.default_namespace = binding.hidden_default;
            work_.default_is_streams = is_streams(binding.hidden_default);
        } else if (binding.encoded) {
            work_.decoded.pop_back();
        }
        work_.bindings.pop_back();
    }
}

Refusal ScanNamespaces::declare(const QualifiedAttribute& attribute) {
    const std::string_view raw{window_ + attribute.value, attribute.value_size};
    if (attribute.encoded) return declare(attribute, attribute_value(raw));
    return declare(attribute, raw);
}

/// `uri` is what the value stands for.
Refusal ScanNamespaces::declare(const QualifiedAttribute& attribute, std::string_view uri) {
    const bool is_default = attribute.name.prefix_size == 0;
    const std::string_view prefix = is_default ? std::string_view{} : attribute.name.local(window_);
    // Namespaces in XML 1.0 section 3: two prefixes and two namespaces belong to each other for
    // ever.
    if (prefix == "xmlns" || uri == ns::kXmlns || (prefix == "xml") != (uri == ns::kXml))
        return {ScanRule::reserved_prefix, attribute.name.begin};
    if (prefix == "xml") return {};  // allowed, and says nothing new
    // Section 5 (namespace constraint: No Prefix Undeclaring).
    if (!is_default && uri.empty()) return {ScanRule::unbound_prefix, attribute.name.begin};
    const std::size_t in_header = context_ == nullptr ? 0 : context_->declarations.size();
    if (in_header + work_.bindings.size() >= work_.limits->namespaces)
        return {ScanRule::too_many_namespaces, attribute.name.begin};

    const auto id = static_cast<NamespaceId>(work_.bindings.size());
    const NamespaceId same = is_default ? kNoNamespace : find_uri(uri, id);
    Binding& binding =
        work_.bindings.emplace_back(attribute, static_cast<std::uint32_t>(prefix.size()));
    binding.streams = uri == ns::kStreams;
    binding.same_as = same;
    if (is_default) {
        binding.hidden_default = work_.default_namespace;
        work_.default_namespace = uri.empty() ? kNoNamespace : id;
        work_.default_is_streams = binding.streams;
    } else if (binding.encoded) {
        work_.decoded.emplace_back(uri);
    }
    return {};
}

Refusal ScanNamespaces::compare_attributes() const {
    // Equal raw names have been refused before; here two prefixes may stand for the same namespace.
    const std::vector<QualifiedAttribute>& attributes = work_.qualified;
    for (std::size_t later = 1; later < attributes.size(); ++later) {
        if (attributes[later].declares) continue;
        const std::string_view local = attributes[later].name.local(window_);
        for (std::size_t earlier = 0; earlier < later; ++earlier) {
            if (attributes[earlier].declares) continue;
            if (attributes[earlier].name.local(window_) == local &&
                attributes[earlier].name_space == attributes[later].name_space)
                return {ScanRule::duplicate_attribute, attributes[later].name.begin};
        }
    }
    return {};
}

std::optional<NamespaceId> ScanNamespaces::find(std::string_view prefix) const {
    if (prefix == "xml") return kXmlNamespace;
    for (std::size_t i = work_.bindings.size(); i-- > 0;) {
        if (prefix_of(work_.bindings[i]) == prefix) return static_cast<NamespaceId>(i);
    }
    if (context_ != nullptr) {
        for (std::size_t i = 0; i < context_->declarations.size(); ++i) {
            if (context_->declarations[i].prefix == prefix) return header_id(i);
        }
    }
    return std::nullopt;
}

bool ScanNamespaces::is_streams(NamespaceId id) const {
    if (id >= 0) return work_.bindings[static_cast<std::size_t>(id)].streams;
    return id < kXmlNamespace && context_->declarations[header_index(id)].streams;
}

std::string_view ScanNamespaces::uri(NamespaceId id) const {
    if (id == kNoNamespace) return {};
    if (id == kXmlNamespace) return ns::kXml;
    if (id < 0) return context_->declarations[header_index(id)].uri;
    const Binding& binding = work_.bindings[static_cast<std::size_t>(id)];
    return {window_ + binding.uri, binding.uri_size};
}

/// The first prefix in scope that stands for the namespace `uri`, or `otherwise`. Looking once for
/// each declaration, not for each pair of attributes, keeps the work linear whatever the URIs'
/// lengths.
NamespaceId ScanNamespaces::find_uri(std::string_view uri, NamespaceId otherwise) const {
    if (context_ != nullptr) {
        for (std::size_t i = 0; i < context_->declarations.size(); ++i) {
            const HeaderContext::Declaration& declaration = context_->declarations[i];
            if (!declaration.prefix.empty() && declaration.uri == uri) return header_id(i);
        }
    }
    auto decoded_uri = work_.decoded.begin();
    for (std::size_t i = 0; i < work_.bindings.size(); ++i) {
        const Binding& binding = work_.bindings[i];
        if (binding.prefix_size == 0) continue;
        const std::string_view other =
            binding.encoded ? std::string_view{*decoded_uri++}
                            : std::string_view{window_ + binding.uri, binding.uri_size};
        if (other == uri) return static_cast<NamespaceId>(i);
    }
    return otherwise;
}

/// One id for all prefixes in scope that stand for the same namespace.
NamespaceId ScanNamespaces::first_same(NamespaceId id) const {
    if (id >= 0) return work_.bindings[static_cast<std::size_t>(id)].same_as;
    if (id >= kXmlNamespace) return id;
    return context_->declarations[header_index(id)].same_as;
}

std::string_view ScanNamespaces::prefix_of(const Binding& binding) const {
    return {window_ + binding.prefix, binding.prefix_size};
}

}  // namespace xmpp

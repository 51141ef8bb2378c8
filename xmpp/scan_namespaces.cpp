// Declarations of open elements form a stack of bindings; a prefix is looked up from its top, then
// among the header's declarations. Both are bounded by ScanLimits::namespaces, so plain loops
// serve. URIs are compared as what they stand for; decoding them is the rare case, since hardly one
// holds a reference.

#include "xmpp/scan_namespaces.h"

#include <cstdlib>

#include "xmpp/namespaces.h"

namespace xmpp {
namespace {

/// Ids of the header's declarations lie below the two fixed ones.
constexpr NamespaceId header_id(std::size_t index) {
    return kXmlNamespace - 1 - static_cast<NamespaceId>(index);
}

constexpr std::size_t header_index(NamespaceId id) {
    return static_cast<std::size_t>(kXmlNamespace - 1 - id);
}

constexpr HeaderContext::Declaration kCommonDeclarations[] = {
    {.prefix = "", .uri = ns::kClient, .streams = false},
    {.prefix = "stream", .uri = ns::kStreams, .streams = true, .same_as = header_id(1)},
};

constexpr HeaderContext kCommonContext{
    .name = "stream:stream",
    .declarations = kCommonDeclarations,
    .default_namespace = header_id(0),
};

/// A context with the memory that its views point into.
struct OwnedContext : HeaderContext {
    std::string text;
    std::vector<Declaration> list;
};

/// A reference's character, as UTF-8. `name` is what stands between '&' and ';' and has been
/// checked.
void append_referenced(std::string& out, std::string_view name) {
    if (name == "lt") return out.push_back('<');
    if (name == "gt") return out.push_back('>');
    if (name == "amp") return out.push_back('&');
    if (name == "quot") return out.push_back('"');
    if (name == "apos") return out.push_back('\'');
    const bool hex = name[1] == 'x';
    const auto code = static_cast<std::uint32_t>(
        std::strtoul(std::string(name.substr(hex ? 2 : 1)).c_str(), nullptr, hex ? 16 : 10));
    const auto tail = [&](int shift) {
        out.push_back(static_cast<char>(0x80 | (code >> shift & 0x3F)));
    };
    if (code < 0x80) {
        out.push_back(static_cast<char>(code));
    } else if (code < 0x800) {
        out.push_back(static_cast<char>(0xC0 | code >> 6));
        tail(0);
    } else if (code < 0x10000) {
        out.push_back(static_cast<char>(0xE0 | code >> 12));
        tail(6);
        tail(0);
    } else {
        out.push_back(static_cast<char>(0xF0 | code >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

/// An attribute value as XML 1.0 sections 2.11 and 3.3.3 normalise it.
std::string decoded(std::string_view raw) {
    std::string out;
    out.reserve(raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] == '&') {
            const std::size_t end = raw.find(';', i);
            append_referenced(out, raw.substr(i + 1, end - i - 1));
            i = end;
        } else if (raw[i] == '\r' && i + 1 < raw.size() && raw[i + 1] == '\n') {
            continue;  // CR LF is one line end
        } else {
            out.push_back(raw[i] == '\t' || raw[i] == '\n' || raw[i] == '\r' ? ' ' : raw[i]);
        }
    }
    return out;
}

bool is_common(const HeaderContext& context) {
    if (context.name != kCommonContext.name || context.declarations.size() != 2) return false;
    const auto& first = context.declarations[0];
    const auto& second = context.declarations[1];
    const auto& content = first.prefix.empty() ? first : second;
    const auto& stream = first.prefix.empty() ? second : first;
    return content.prefix.empty() && content.uri == ns::kClient && stream.prefix == "stream" &&
           stream.streams;
}

}  // namespace

bool HeaderContext::default_is_streams() const {
    return default_namespace != kNoNamespace &&
           declarations[header_index(default_namespace)].streams;
}

std::string_view HeaderContext::default_uri() const {
    if (default_namespace == kNoNamespace) return {};
    return declarations[header_index(default_namespace)].uri;
}

void FreeHeaderContext::operator()(const HeaderContext* context) const noexcept {
    if (context->owned) delete static_cast<const OwnedContext*>(context);
}

HeaderContextPtr make_header_context(const char* window, const ScanWork& work) {
    auto context = std::make_unique<OwnedContext>();
    const auto uri_of = [&](const Binding& binding) {
        const std::string_view raw{window + binding.uri, binding.uri_size};
        return binding.encoded ? decoded(raw) : std::string(raw);
    };
    // First all text, then the views into it: growing text moves.
    context->text = work.open.back().name.raw(window);
    std::vector<std::size_t> uri_sizes;
    for (const Binding& binding : work.bindings) {
        const std::string uri = uri_of(binding);
        context->text.append(window + binding.prefix, binding.prefix_size).append(uri);
        uri_sizes.push_back(uri.size());
    }
    std::string_view rest = context->text;
    const auto take = [&](std::size_t size) {
        const std::string_view taken = rest.substr(0, size);
        rest.remove_prefix(size);
        return taken;
    };
    context->name = take(work.open.back().name.size);
    for (std::size_t i = 0; i < work.bindings.size(); ++i) {
        const std::string_view prefix = take(work.bindings[i].prefix_size);
        const std::string_view uri = take(uri_sizes[i]);
        if (prefix.empty() && !uri.empty()) context->default_namespace = header_id(i);
        const NamespaceId same_as = work.bindings[i].same_as;
        context->list.push_back(
            {prefix, uri, work.bindings[i].streams,
             same_as < 0 ? same_as : header_id(static_cast<std::size_t>(same_as))});
    }
    context->declarations = context->list;
    context->owned = true;
    if (is_common(*context)) return HeaderContextPtr(&kCommonContext);
    return HeaderContextPtr(context.release());
}

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
    if (attribute.encoded) return declare(attribute, decoded(raw));
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

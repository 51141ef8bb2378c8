// The common header has its context in static memory; any other one is copied out of the window.

#include "xmpp/header_context.h"

#include <string>
#include <vector>

#include "xmpp/attribute_value.h"
#include "xmpp/namespaces.h"
#include "xmpp/scan_work.h"

namespace xmpp {
namespace {

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
        return binding.encoded ? attribute_value(raw) : std::string(raw);
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

}  // namespace xmpp

#include "xmpp/stream_error_reader.h"

#include <optional>

#include "xmpp/namespaces.h"

namespace xmpp {
namespace {

std::optional<StreamErrorCondition> condition_named(std::string_view name) {
    for (int i = 0; i <= static_cast<int>(StreamErrorCondition::unsupported_version); ++i) {
        const auto known = static_cast<StreamErrorCondition>(i);
        if (name == to_string(known)) return known;
    }
    return std::nullopt;
}

}  // namespace

StreamErrorCondition read_stream_error(std::string_view error, const NamespaceBindings& outer) {
    const ElementReader reader(error, outer);
    for (Element at = reader.root().first_child(); at; at = at.next_sibling()) {
        if (at.namespace_uri() != ns::kStreamErrors) continue;
        if (const auto condition = condition_named(at.local_name())) return *condition;
    }
    return StreamErrorCondition::undefined_condition;
}

}  // namespace xmpp

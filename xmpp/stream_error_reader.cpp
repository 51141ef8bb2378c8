#include "xmpp/stream_error_reader.h"

#include "xmpp/namespaces.h"

namespace xmpp {

StreamErrorCondition read_stream_error(std::string_view error, const NamespaceBindings& outer) {
    const ElementReader reader(error, outer);
    for (Element at = reader.root().first_child(); at; at = at.next_sibling()) {
        if (at.namespace_uri() != ns::kStreamErrors) continue;
        if (const auto condition = condition_named(at.local_name())) return *condition;
    }
    return StreamErrorCondition::undefined_condition;
}

}  // namespace xmpp

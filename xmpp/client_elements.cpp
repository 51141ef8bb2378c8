#include "xmpp/client_elements.h"

#include <algorithm>
#include <initializer_list>

#include "xmpp/namespaces.h"

namespace xmpp {
namespace {

using Names = std::initializer_list<std::string_view>;

bool is_one_of(std::string_view name, Names names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_stream_management(std::string_view uri) {
    return uri == ns::kSm3 || uri == ns::kSm2;
}

}  // namespace

bool is_said_by_servers(const Token& element) {
    const std::string_view uri = element.namespace_uri;
    const auto is_named = [&](Names names) { return is_one_of(element.local_name, names); };
    if (is_stream_management(uri)) return is_named({"enabled", "resumed", "failed", "sm"});
    if (uri == ns::kSasl) return is_named({"challenge", "success", "failure", "mechanisms"});
    if (uri == ns::kSasl2)
        return is_named({"challenge", "success", "failure", "continue", "authentication"});
    if (uri == ns::kTls) return is_named({"proceed", "failure"});
    if (uri == ns::kCompressProtocol) return is_named({"compressed", "failure"});
    if (uri == ns::kStreams) return is_named({"features"});
    return uri == ns::kBind2 && is_named({"bound"});
}

bool needs_login(const Token& element) {
    const std::string_view uri = element.namespace_uri;
    return (is_stream_management(uri) || uri == ns::kClientState) && !is_said_by_servers(element);
}

bool asks_for_compression(const Token& element) {
    return element.is("compress", ns::kCompressProtocol);
}

}  // namespace xmpp

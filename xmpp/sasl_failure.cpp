#include "xmpp/sasl_failure.h"

#include <algorithm>
#include <array>

#include "xmpp/namespaces.h"

namespace xmpp {
namespace {

constexpr std::array<std::string_view, 11> kConditions{"aborted",
                                                       "account-disabled",
                                                       "credentials-expired",
                                                       "encryption-required",
                                                       "incorrect-encoding",
                                                       "invalid-authzid",
                                                       "invalid-mechanism",
                                                       "malformed-request",
                                                       "mechanism-too-weak",
                                                       "not-authorized",
                                                       "temporary-auth-failure"};

}  // namespace

std::string_view read_sasl_failure(std::string_view failure, const NamespaceBindings& outer) {
    const ElementReader reader(failure, outer);
    for (Element at = reader.root().first_child(); at; at = at.next_sibling()) {
        // XEP-0388 takes the conditions from RFC 6120; some servers leave them in their own.
        if (at.namespace_uri() != ns::kSasl && at.namespace_uri() != ns::kSasl2) continue;
        const auto known = std::find(kConditions.begin(), kConditions.end(), at.local_name());
        if (known != kConditions.end()) return *known;
    }
    return "other";
}

}  // namespace xmpp

#pragma once
// What a backend offers to bind logins to and cannot keep: where TLS ends in the proxy, client and
// server see two different connections (RFC 5056). Lists of mechanisms and of bindings are signed
// (XEP-0474), so nothing is taken out of them; a warning names the server's own switch instead.
// Pure; any thread.
// Why: proxy/README.md, "Bindings that cannot hold".

#include <optional>
#include <string>

#include "conf/config.h"
#include "proxy/checks/server_kind.h"
#include "xmpp/stream_features.h"

namespace proxy {

struct BindingWarning {
    std::string detail;  // what is offered; the same words for the same offer
    std::string effect;  // on which clients
    std::string remedy;
    friend bool operator==(const BindingWarning&, const BindingWarning&) = default;
};

/// nullopt: all that is offered can hold.
std::optional<BindingWarning> binding_warning(const xmpp::FeaturesSummary& offered,
                                              const conf::Backend& backend, ServerKind server);

}  // namespace proxy

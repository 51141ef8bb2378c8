#pragma once
// TLS towards backends: one client context per distinct setting (CA file, verification, ALPN), made
// when a configuration is adopted, so that a bad CA file is found then. One per worker, and one for
// the health checks; its owner's thread only.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "conf/config.h"
#include "core/result.h"
#include "core/tls_client_context.h"

namespace proxy {

class BackendTls {
public:
    /// Contexts for every backend of `config` that wants TLS, and for those that DNS may add.
    static core::Result<std::unique_ptr<BackendTls>, core::TlsProblem> create(
        const conf::Config& config);

    /// Contexts for checks with other settings than those of the configuration
    /// (proxy/checks/settings_trial), too: TLS without a CA file and without verification.
    std::optional<core::TlsProblem> prepare_for_trials();

    /// A fresh client-side SSL for a connection to `backend` (with TLS configured) in the name of
    /// `domain`. Null when no backend of the configuration has these settings (a session that
    /// chose its backend before a reload may ask), or when memory is out.
    core::Ssl new_session(const conf::Backend& backend, std::string_view domain);

private:
    using Key = std::tuple<std::string, bool, conf::BackendTls>;
    static Key key_of(const conf::Backend& backend);
    std::optional<core::TlsProblem> prepare_for(const conf::Backend& backend);

    std::map<Key, std::unique_ptr<core::TlsClientContext>> contexts_;
};

}  // namespace proxy

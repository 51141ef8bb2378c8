#pragma once
// TLS towards backends: one client context per distinct setting (CA file, verification, ALPN), made
// when the worker starts, so that a bad CA file is found then. One per worker; its thread only.

#include <map>
#include <memory>
#include <string_view>
#include <tuple>

#include "conf/config.h"
#include "core/result.h"
#include "core/tls_client_context.h"

namespace proxy {

class BackendTls {
public:
    /// Contexts for every backend of `config` that wants TLS.
    static core::Result<std::unique_ptr<BackendTls>, core::TlsProblem> create(
        const conf::Config& config);

    /// A fresh client-side SSL for a connection to `backend` (with TLS configured) in the name of
    /// `domain`. Null only when memory is out.
    core::Ssl new_session(const conf::Backend& backend, std::string_view domain);

private:
    using Key = std::tuple<std::string, bool, conf::BackendTls>;
    static Key key_of(const conf::Backend& backend);

    std::map<Key, std::unique_ptr<core::TlsClientContext>> contexts_;
};

}  // namespace proxy

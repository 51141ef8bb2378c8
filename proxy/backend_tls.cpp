#include "proxy/backend_tls.h"

#include <utility>

namespace proxy {

BackendTls::Key BackendTls::key_of(const conf::Backend& backend) {
    return {backend.ca_file.string(), backend.tls_verify, backend.tls};
}

core::Result<std::unique_ptr<BackendTls>, core::TlsProblem> BackendTls::create(
    const conf::Config& config) {
    auto made = std::make_unique<BackendTls>();
    for (const auto& pool : config.pools) {
        for (const auto& backend : pool.backends) {
            if (backend.tls == conf::BackendTls::off || made->contexts_.contains(key_of(backend)))
                continue;
            auto context = core::TlsClientContext::create(
                {.ca_file = backend.ca_file,
                 .verify = backend.tls_verify,
                 // XEP-0368 section 3: ALPN belongs to direct TLS; STARTTLS has said XMPP already.
                 .alpn = backend.tls == conf::BackendTls::direct ? "xmpp-client" : ""});
            if (!context) return core::fail(context.error());
            made->contexts_.emplace(key_of(backend), std::move(context).value());
        }
    }
    return made;
}

core::Ssl BackendTls::new_session(const conf::Backend& backend, std::string_view domain) {
    return contexts_.at(key_of(backend))->new_session(domain);
}

}  // namespace proxy

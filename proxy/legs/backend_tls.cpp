#include "proxy/legs/backend_tls.h"

#include <utility>

namespace proxy {

BackendTls::Key BackendTls::key_of(const conf::Backend& backend) {
    return {backend.ca_file.string(), backend.tls_verify, backend.tls};
}

core::Result<std::unique_ptr<BackendTls>, core::TlsProblem> BackendTls::create(
    const conf::Config& config) {
    auto made = std::make_unique<BackendTls>();
    for (const auto& pool : config.pools) {
        for (conf::Backend backend : pool.backends) {
            if (auto problem = made->prepare_for(backend)) return core::fail(*std::move(problem));
            if (backend.srv.empty()) continue;
            // DNS may list members under _xmpps-, too; they have direct TLS (balancer/srv_members).
            backend.tls = conf::BackendTls::direct;
            if (auto problem = made->prepare_for(backend)) return core::fail(*std::move(problem));
        }
    }
    return made;
}

std::optional<core::TlsProblem> BackendTls::prepare_for_trials() {
    conf::Backend tried;
    tried.tls_verify = false;
    for (const auto tls : {conf::BackendTls::direct, conf::BackendTls::starttls}) {
        tried.tls = tls;
        if (auto problem = prepare_for(tried)) return problem;
    }
    return {};
}

std::optional<core::TlsProblem> BackendTls::prepare_for(const conf::Backend& backend) {
    if (backend.tls == conf::BackendTls::off || contexts_.contains(key_of(backend))) return {};
    auto context = core::TlsClientContext::create(
        {.ca_file = backend.ca_file,
         .verify = backend.tls_verify,
         // XEP-0368 section 3: ALPN belongs to direct TLS; STARTTLS has said XMPP already.
         .alpn = backend.tls == conf::BackendTls::direct ? "xmpp-client" : ""});
    if (!context) return context.error();
    contexts_.emplace(key_of(backend), std::move(context).value());
    return {};
}

core::Ssl BackendTls::new_session(const conf::Backend& backend, std::string_view domain) {
    const auto found = contexts_.find(key_of(backend));
    return found == contexts_.end() ? nullptr : found->second->new_session(domain);
}

}  // namespace proxy

#include "proxy/worker_tls.h"

#include <utility>

namespace proxy {

core::Result<WorkerTls, core::TlsProblem> WorkerTls::create(
    const conf::Config& config, std::shared_ptr<const core::CertificateStore> certificates,
    std::shared_ptr<const core::TicketKeys> ticket_keys) {
    core::TlsServerSettings settings{.min_version = config.tls.min_version == conf::TlsVersion::v1_3
                                                        ? TLS1_3_VERSION
                                                        : TLS1_2_VERSION,
                                     .ticket_lifetime = config.tls.ticket_lifetime,
                                     .alpn = {}};
    auto starttls = core::TlsServerContext::create(certificates, ticket_keys, settings);
    if (!starttls) return core::fail(starttls.error());
    settings.alpn = "xmpp-client";
    auto direct =
        core::TlsServerContext::create(std::move(certificates), std::move(ticket_keys), settings);
    if (!direct) return core::fail(direct.error());
    auto backend = BackendTls::create(config);
    if (!backend) return core::fail(backend.error());
    return WorkerTls{.starttls = std::move(starttls).value(),
                     .direct_tls = std::move(direct).value(),
                     .backend = std::move(backend).value()};
}

std::string sentence(const core::TlsProblem& problem) {
    return problem.file.empty() ? problem.what : problem.file.string() + ": " + problem.what;
}

}  // namespace proxy

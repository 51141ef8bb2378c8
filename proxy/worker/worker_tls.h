#pragma once
// The TLS of one worker, towards clients and towards backends. Its contexts belong to the worker,
// because OpenSSL 3.0 locks shared ones; a reload makes new ones. Made on any thread, then the
// worker's only.

#include <memory>
#include <string>

#include "conf/config.h"
#include "core/certificate_store.h"
#include "core/result.h"
#include "core/ticket_keys.h"
#include "core/tls_context.h"
#include "core/tls_problem.h"
#include "proxy/legs/backend_tls.h"

namespace proxy {

/// Whose certificate is shown to clients that name no domain. Fails when [tls] default names a
/// domain without certificate.
core::Result<core::NamelessClients, core::TlsProblem> nameless_clients(
    const conf::Config& config, const core::CertificateStore& certificates);

/// Whether a backend wants to know what its clients' logins can be bound to.
bool tells_channel_bindings(const conf::Config& config);

struct WorkerTls {
    std::unique_ptr<core::TlsServerContext> starttls;    // no ALPN: the stream has said what it is
    std::unique_ptr<core::TlsServerContext> direct_tls;  // ALPN xmpp-client (XEP-0368)
    std::unique_ptr<core::TlsServerContext> web;         // ALPN http/1.1
    std::unique_ptr<core::TlsServerContext> web_with_xmpp;  // either of them
    std::unique_ptr<BackendTls> backend;

    /// Fails with the file and the words of the first setting that cannot be used.
    static core::Result<WorkerTls, core::TlsProblem> create(
        const std::shared_ptr<const conf::Config>& config,
        std::shared_ptr<const core::CertificateStore> certificates,
        std::shared_ptr<const core::TicketKeys> ticket_keys);

    void set_ticket_keys(const std::shared_ptr<const core::TicketKeys>& keys) {
        for (const auto* each : {&starttls, &direct_tls, &web, &web_with_xmpp})
            (*each)->set_ticket_keys(keys);
    }
};

/// A problem as one sentence for the operator.
std::string sentence(const core::TlsProblem& problem);

}  // namespace proxy

#pragma once
// The TLS side of the listeners of one worker: certificates by SNI, versions, ALPN, tickets,
// stapling. Certificates and ticket keys are immutable values that all workers share; the SSL_CTX
// objects made from them belong to one worker, because OpenSSL 3.0 locks shared ones. Its worker's
// thread only.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/certificate_store.h"
#include "core/handle.h"
#include "core/result.h"
#include "core/ticket_keys.h"
#include "core/tls/record_layer.h"
#include "core/tls_problem.h"

namespace core {

struct TlsServerSettings {
    int min_version = TLS1_2_VERSION;  // or TLS1_3_VERSION
    RecordLayer record_layer = RecordLayer::openssl;
    /// How long a session may be resumed after its last full or resumed handshake.
    std::chrono::seconds ticket_lifetime{12 * 3600};
    /// The protocols spoken here ("xmpp-client"), best first. A client without ALPN is welcome; one
    /// whose list has none of them gets no_application_protocol (RFC 7301 section 3.2). Empty: ALPN
    /// is ignored.
    std::vector<std::string> alpn = {};
    NamelessClients nameless = {};
    /// Whether a domain is one of ours, for the words of a refusal. None: all that are asked for.
    std::function<bool(std::string_view domain)> serves = {};
};

/// Makes the server-side SSL objects of one worker. An SSL keeps what it needs alive, so sessions
/// and handshakes outlive a replaced context. TLS 1.2 and 1.3 with AEAD and forward secrecy only;
/// no renegotiation, no compression, no early data, no server-side session cache.
class TlsServerContext {
public:
    /// `certificates` and `ticket_keys` must not be null. Fails only if OpenSSL refuses the
    /// settings.
    static Result<std::unique_ptr<TlsServerContext>, TlsProblem> create(
        std::shared_ptr<const CertificateStore> certificates,
        std::shared_ptr<const TicketKeys> ticket_keys, const TlsServerSettings& settings);
    ~TlsServerContext();

    /// A fresh server-side SSL in accept state, without BIO. The certificate is chosen by SNI; when
    /// the client sends none, by `fallback_domain` (the `to` of the clear stream header; may be
    /// empty). A name without certificate gets the `default` folder's if there is one, else the
    /// alert unrecognized_name; no name at all gets what the settings say of nameless clients.
    /// Among the key types of a folder, the client's signature algorithms
    /// decide. Null only when memory is out.
    Ssl new_session(std::string_view fallback_domain = {});

    /// For Connection::start_tls().
    RecordLayer record_layer() const;

    /// Tickets are made and read with `keys` from now on, also by handshakes under way.
    void set_ticket_keys(std::shared_ptr<const TicketKeys> keys);

private:
    struct Shared;
    explicit TlsServerContext(std::shared_ptr<Shared> shared);

    std::shared_ptr<Shared> shared_;  // with every SSL_CTX made from it
};

}  // namespace core

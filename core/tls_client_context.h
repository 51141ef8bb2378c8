#pragma once
// The TLS side of the links to backends: which certificates are trusted, and for which domain. One
// per worker and backend (or group of backends with the same settings). Its worker's thread only.

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/handle.h"
#include "core/result.h"
#include "core/tls_problem.h"

namespace core {

struct TlsClientSettings {
    std::filesystem::path ca_file = {};  // PEM; empty: the system's CAs
    bool verify = true;                  // false: any certificate will do, the link is only private
    std::string alpn = {};  // "xmpp-client" for direct TLS (XEP-0368); empty: none offered
};

class TlsClientContext {
public:
    static Result<std::unique_ptr<TlsClientContext>, TlsProblem> create(
        const TlsClientSettings& settings);

    /// A fresh client-side SSL in connect state, without BIO. It sends `domain` as SNI and, when
    /// verifying, accepts only a certificate valid for it (RFC 6120 section 13.7.2: the XMPP
    /// domain, not the backend's host name). A domain that is an IP address is matched as such,
    /// without SNI. `domain` is an A-label name or an address, not empty. Null only when memory is
    /// out.
    Ssl new_session(std::string_view domain);

private:
    TlsClientContext(SslContext context, bool verify);

    SslContext context_;
    bool verify_;
};

/// Why the handshake of a client-side SSL refused the certificate of its peer, and what to do, as
/// one line for the log. Empty when the certificate was not the reason.
std::string describe_verify_failure(const SSL* ssl);

}  // namespace core

#pragma once
// What a worker needs to end TLS: keys and certificates per domain, versions, ALPN, tickets. Certificates
// and ticket keys are loaded once into immutable values that all workers share; the SSL_CTX objects made
// from them belong to one worker (OpenSSL 3.0 locks shared ones). Loading: any thread. TlsServerContext:
// its worker's thread.

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/handle.h"
#include "core/result.h"

namespace core {

/// Why keys or certificates could not be used: the file and what to do about it.
struct TlsProblem {
    std::filesystem::path file;
    std::string what;
};

/// One private key with its chain, and the OCSP response that lies beside it, if any.
struct KeyPair {
    PrivateKey key;
    Certificate leaf;
    std::vector<Certificate> chain;
    std::string ocsp_response;  // DER, may be empty
    std::filesystem::path file;
};

/// Certificates by the domain that is their folder's name: "example.org", "*.example.org" (folder
/// `*.example.org` or `_.example.org`), or "default". Each folder holds fullchain.pem and privkey.pem, and may
/// hold a second pair (fullchain-rsa.pem and privkey-rsa.pem, or -ecdsa) for the other key type; `ocsp.der`
/// (`ocsp-rsa.der`) beside it is stapled. Names are A-labels in lower case.
class CertificateStore {
public:
    static Result<std::shared_ptr<const CertificateStore>, TlsProblem> load(
        const std::filesystem::path& cert_dir);

    /// The key pairs for a domain: exact folder, then a wildcard folder, then any certificate whose SAN
    /// covers it. Null when there is none. `domain` is a lower-case A-label name.
    const std::vector<KeyPair>* find(std::string_view domain) const;
    const std::map<std::string, std::vector<KeyPair>, std::less<>>& by_domain() const { return by_domain_; }

private:
    std::map<std::string, std::vector<KeyPair>, std::less<>> by_domain_;
    std::map<std::string, std::string, std::less<>> by_san_;  // SAN (may be a wildcard) to folder name
};

/// Keys of the stateless session tickets: the first encrypts, all decrypt. Immutable; a rotation
/// makes a new value that is posted to the workers.
class TicketKeys;

struct TlsServerSettings {
    int min_version = TLS1_2_VERSION;
    std::chrono::seconds ticket_lifetime{12 * 3600};
    std::string alpn;  // the only protocol spoken here, "xmpp-client"; empty: ALPN is ignored
};

/// The TLS side of the listeners of one worker. An SSL made by it keeps a reference to its SSL_CTX, so
/// sessions outlive a replaced context.
class TlsServerContext {
public:
    static Result<std::unique_ptr<TlsServerContext>, TlsProblem> create(
        std::shared_ptr<const CertificateStore> certificates,
        std::shared_ptr<const TicketKeys> ticket_keys, const TlsServerSettings& settings);
    ~TlsServerContext();

    /// A fresh server-side SSL, without BIO. The certificate is chosen by SNI; when the client sends
    /// none, by `fallback_domain` (the `to` of the clear stream header; may be empty). A name for which
    /// there is no certificate gets the `default` folder's if there is one, else the alert unrecognized_name.
    Ssl new_session(std::string_view fallback_domain = {});
    void set_ticket_keys(std::shared_ptr<const TicketKeys> keys);

private:
    struct Impl;
    explicit TlsServerContext(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace core

// One SSL_CTX per certificate folder, made at its first use; the ClientHello chooses among them.
// What the callbacks need hangs on each SSL_CTX as a reference to Shared.

#include "core/tls_context.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cassert>
#include <ctime>
#include <map>
#include <optional>
#include <utility>

#include "core/shown_certificate.h"
#include "core/tls_facts.h"
#include "core/tls_failure.h"
#include "core/tls_server_name.h"

namespace core {
namespace {

using Cipher = Handle<EVP_CIPHER, &EVP_CIPHER_free>;

// RFC 7590: AEAD with forward secrecy only. AES-128 first: it costs least and is as safe here; a
// client without AES instructions puts ChaCha20 first, which SSL_OP_PRIORITIZE_CHACHA follows.
constexpr const char* kServerCiphers12 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kCiphers13 =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* kGroups = "X25519:P-256:P-384";

constexpr std::uint64_t kOptions = SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                   SSL_OP_NO_ANTI_REPLAY | SSL_OP_IGNORE_UNEXPECTED_EOF;
// Without NO_AUTO_CHAIN OpenSSL searches its trust store for missing links in each handshake.
constexpr long kModes =
    SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN;

constexpr std::chrono::seconds kLongestTicketLifetime{7 * 24 * 3600};  // RFC 8446 section 4.6.1
constexpr std::size_t kTicketIvBytes = 16;

/// Tickets resume only under the folder and the certificates they were made for: one tenant's
/// ticket is nothing to another's domain, and clients that come back see a renewed certificate. The
/// same on every proxy that has the same folders.
bool scope_of_tickets(const CertificateFolder* folder, unsigned char* digest) {
    std::string scope;
    if (folder != nullptr) {
        scope = folder->name;
        for (const KeyPair& pair : folder->pairs) {
            unsigned char certificate[SHA256_DIGEST_LENGTH];
            if (X509_digest(pair.leaf.get(), EVP_sha256(), certificate, nullptr) != 1) return false;
            scope.append(1, '\0').append(reinterpret_cast<const char*>(certificate),
                                         sizeof certificate);
        }
    }
    SHA256(reinterpret_cast<const unsigned char*>(scope.data()), scope.size(), digest);
    return true;
}

bool use_pair(SSL_CTX* context, const KeyPair& pair, bool is_only_pair) {
    // A copy of the key for this worker: OpenSSL 3.0 takes locks in a key that threads share.
    const PrivateKey key(EVP_PKEY_dup(pair.key.get()));
    if (key == nullptr ||
        SSL_CTX_use_cert_and_key(context, pair.leaf.get(), key.get(), nullptr, 0) != 1)
        return false;
    for (const Certificate& link : pair.chain) {
        // A chain that belongs to a key pair is copied into every SSL; that of the SSL_CTX is not.
        if (!is_only_pair) {
            if (SSL_CTX_add1_chain_cert(context, link.get()) != 1) return false;
        } else if (X509_up_ref(link.get()) != 1 ||
                   SSL_CTX_add_extra_chain_cert(context, link.get()) != 1) {
            return false;
        }
    }
    return true;
}

}  // namespace

/// What the handshakes of one worker share. The SSL_CTXs kept here refer back to it;
/// ~TlsServerContext cuts that circle, and the last SSL made from it ends the rest.
struct TlsServerContext::Shared : std::enable_shared_from_this<Shared> {
    std::shared_ptr<const CertificateStore> certificates;
    std::shared_ptr<const TicketKeys> ticket_keys;
    TlsServerSettings settings;
    Cipher ticket_cipher{EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr)};
    /// By folder; null is for no certificate yet: the ClientHello chooses one.
    std::map<const CertificateFolder*, SslContext> contexts;
    bool is_retired = false;  // the TlsServerContext is gone: keep no new SSL_CTX

    const CertificateFolder* choose(std::string_view domain) const;
    const CertificateFolder* choose_for_unknown() const;
    bool show(SSL* ssl, const CertificateFolder& folder);
    static bool is_for_a_stream(const SSL* ssl);
    std::string why_nameless(const SSL* ssl) const;
    std::string why_without_certificate(const std::string& host) const;
    SslContext context_for(const CertificateFolder* folder);
    SslContext make_context(const CertificateFolder* folder);
    bool configure(SSL_CTX* context, const CertificateFolder* folder);
    int begin_ticket(const TicketKey& key, const unsigned char* iv, EVP_CIPHER_CTX* cipher,
                     EVP_MAC_CTX* mac, bool is_new) const;

    // The way from OpenSSL's callbacks back to us.
    static int ex_data_index();
    static void free_reference(void*, void* reference, CRYPTO_EX_DATA*, int, long, void*) noexcept;
    bool attach_to(SSL_CTX* context);
    static Shared& of(const SSL* ssl);
    static int on_client_hello(SSL* ssl, int* alert, void*) noexcept;
    static int on_server_name(SSL*, int*, void*) noexcept { return SSL_TLSEXT_ERR_OK; }
    static int on_alpn(SSL* ssl, const unsigned char** out, unsigned char* out_length,
                       const unsigned char* offered, unsigned length, void*) noexcept;
    static int on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                         EVP_MAC_CTX* mac, int is_new) noexcept;
    static int on_status_request(SSL* ssl, void* folder) noexcept;
};

// ---- SSL_CTX objects ----

const CertificateFolder* TlsServerContext::Shared::choose(std::string_view domain) const {
    if (!domain.empty()) {
        const CertificateFolder* folder = certificates->find(domain);
        return folder != nullptr ? folder : certificates->fallback();
    }
    // The ClientHello may name one. Where there is but one to show, it need not be waited for.
    return certificates->folders().size() == 1 ? certificates->find_for(settings.nameless)
                                               : nullptr;
}

/// For a name that nobody has.
const CertificateFolder* TlsServerContext::Shared::choose_for_unknown() const {
    const auto& folders = certificates->folders();
    return folders.size() == 1 ? &folders.begin()->second : certificates->fallback();
}

bool TlsServerContext::Shared::show(SSL* ssl, const CertificateFolder& folder) {
    const SslContext context = context_for(&folder);
    if (context != nullptr && SSL_set_SSL_CTX(ssl, context.get()) != nullptr) return true;
    note_tls_failure("OpenSSL refuses the certificate of " + folder.name + ": " + take_tls_error());
    return false;
}

/// A reference of the caller's own; null when memory is out.
SslContext TlsServerContext::Shared::context_for(const CertificateFolder* folder) {
    const auto known = contexts.find(folder);
    if (known == contexts.end()) {
        SslContext made = make_context(folder);
        if (made == nullptr || is_retired) return made;
        SSL_CTX_up_ref(made.get());
        contexts.emplace(folder, SslContext(made.get()));
        return made;
    }
    SSL_CTX_up_ref(known->second.get());
    return SslContext(known->second.get());
}

SslContext TlsServerContext::Shared::make_context(const CertificateFolder* folder) {
    SslContext context(SSL_CTX_new(TLS_server_method()));
    if (context == nullptr || !configure(context.get(), folder)) return nullptr;
    if (folder == nullptr) return context;
    for (const KeyPair& pair : folder->pairs)
        if (!use_pair(context.get(), pair, folder->pairs.size() == 1)) return nullptr;
    return context;
}

bool TlsServerContext::Shared::configure(SSL_CTX* context, const CertificateFolder* folder) {
    SSL_CTX_set_security_level(context, 2);  // no SHA-1, no RSA below 2048 bits
    SSL_CTX_set_options(context, kOptions);
    SSL_CTX_set_mode(context, kModes);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_timeout(
        context,
        static_cast<long>(std::min(settings.ticket_lifetime, kLongestTicketLifetime).count()));

    SSL_CTX_set_client_hello_cb(context, &on_client_hello, nullptr);
    // The certificate was chosen by on_client_hello; this makes OpenSSL confirm and keep the name.
    SSL_CTX_set_tlsext_servername_callback(context, &on_server_name);
    if (!settings.alpn.empty()) SSL_CTX_set_alpn_select_cb(context, &on_alpn, nullptr);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, &on_ticket);
    remember_in_tickets(context);
    if (folder != nullptr) {
        SSL_CTX_set_tlsext_status_cb(context, &on_status_request);
        SSL_CTX_set_tlsext_status_arg(context, const_cast<CertificateFolder*>(folder));
    }

    unsigned char scope[SHA256_DIGEST_LENGTH];
    static_assert(sizeof scope <= SSL_MAX_SID_CTX_LENGTH);
    return scope_of_tickets(folder, scope) &&
           SSL_CTX_set_session_id_context(context, scope, sizeof scope) == 1 &&
           SSL_CTX_set_num_tickets(context, 1) == 1 &&
           SSL_CTX_set_max_early_data(context, 0) == 1 &&
           SSL_CTX_set_min_proto_version(context, settings.min_version) == 1 &&
           SSL_CTX_set_cipher_list(context, kServerCiphers12) == 1 &&
           SSL_CTX_set_ciphersuites(context, kCiphers13) == 1 &&
           SSL_CTX_set1_groups_list(context, kGroups) == 1 && attach_to(context);
}

// ---- Callbacks ----

int TlsServerContext::Shared::ex_data_index() {
    static const int index =
        SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, &free_reference);
    return index;
}

void TlsServerContext::Shared::free_reference(void*, void* reference, CRYPTO_EX_DATA*, int, long,
                                              void*) noexcept {
    delete static_cast<std::shared_ptr<Shared>*>(reference);
}

bool TlsServerContext::Shared::attach_to(SSL_CTX* context) {
    auto reference = std::make_unique<std::shared_ptr<Shared>>(shared_from_this());
    if (SSL_CTX_set_ex_data(context, ex_data_index(), reference.get()) != 1) return false;
    reference.release();  // free_reference deletes it
    return true;
}

TlsServerContext::Shared& TlsServerContext::Shared::of(const SSL* ssl) {
    return **static_cast<std::shared_ptr<Shared>*>(
        SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), ex_data_index()));
}

/// Whether the stream that begins TLS has named a domain for which there is no certificate.
bool TlsServerContext::Shared::is_for_a_stream(const SSL* ssl) {
    return SSL_get_app_data(ssl) != nullptr;
}

/// Why a client that sends no name is refused.
std::string TlsServerContext::Shared::why_nameless(const SSL* ssl) const {
    if (is_for_a_stream(ssl))
        return "there is no certificate for the domain of the stream; put one into a folder of its "
               "name in cert_dir";
    if (settings.nameless.are_refused)
        return "the client names no domain in TLS (SNI), and [tls] default is \"none\"";
    return "the client names no domain in TLS (SNI), and no domain has a certificate to show "
           "instead; [tls] default chooses one";
}

/// Why a client that asks for `host` gets no certificate.
std::string TlsServerContext::Shared::why_without_certificate(const std::string& host) const {
    if (settings.serves && !settings.serves(host))
        return "unknown name " + host + " (SNI): no [domain] and no certificate has it";
    return "there is no certificate for " + host +
           "; put one into a folder of that name in "
           "cert_dir";
}

/// Runs before resumption is looked at, so that a ticket is judged under the right SSL_CTX.
int TlsServerContext::Shared::on_client_hello(SSL* ssl, int* alert, void*) noexcept {
    const unsigned char* data = nullptr;
    std::size_t length = 0;
    Shared& shared = of(ssl);
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &length) != 1) {
        if (SSL_get_certificate(ssl) != nullptr) return SSL_CLIENT_HELLO_SUCCESS;
        *alert = SSL_AD_HANDSHAKE_FAILURE;
        const CertificateFolder* shown =
            is_for_a_stream(ssl) ? nullptr
                                 : shared.certificates->find_for(shared.settings.nameless);
        if (shown != nullptr && shared.show(ssl, *shown)) return SSL_CLIENT_HELLO_SUCCESS;
        if (shown == nullptr) note_tls_failure(shared.why_nameless(ssl));
        return SSL_CLIENT_HELLO_ERROR;
    }
    const std::optional<std::string> host = server_name({data, length});
    if (!host) {
        *alert = SSL_AD_DECODE_ERROR;
        note_tls_failure("the name that the client asks for (SNI) is malformed");
        return SSL_CLIENT_HELLO_ERROR;
    }
    const CertificateFolder* folder = shared.certificates->find(*host);
    // A name that nobody has (some clients send that of the SRV record's host) says nothing against
    // the certificate of the domain that the stream is for.
    if (folder == nullptr && SSL_get_certificate(ssl) != nullptr) return SSL_CLIENT_HELLO_SUCCESS;
    if (folder == nullptr)
        folder =
            is_for_a_stream(ssl) ? shared.certificates->fallback() : shared.choose_for_unknown();
    if (folder == nullptr) {
        *alert = SSL_AD_UNRECOGNIZED_NAME;
        note_tls_failure(shared.why_without_certificate(*host));
        return SSL_CLIENT_HELLO_ERROR;
    }
    *alert = SSL_AD_INTERNAL_ERROR;
    return shared.show(ssl, *folder) ? SSL_CLIENT_HELLO_SUCCESS : SSL_CLIENT_HELLO_ERROR;
}

int TlsServerContext::Shared::on_alpn(SSL* ssl, const unsigned char** out,
                                      unsigned char* out_length, const unsigned char* offered,
                                      unsigned length, void*) noexcept {
    for (const std::string& wanted : of(ssl).settings.alpn) {
        // OpenSSL has checked that the list is well-formed: entries of a length byte and that many
        // more.
        for (unsigned at = 0; at < length; at += 1U + offered[at]) {
            const unsigned char* name = offered + at + 1;
            if (wanted != std::string_view(reinterpret_cast<const char*>(name), offered[at]))
                continue;
            *out = name;
            *out_length = offered[at];
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;  // becomes no_application_protocol
}

int TlsServerContext::Shared::begin_ticket(const TicketKey& key, const unsigned char* iv,
                                           EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                                           bool is_new) const {
    char digest[] = "SHA256";
    // OSSL_PARAM has no const, but a MAC only reads its key.
    auto* mac_key = const_cast<unsigned char*>(key.hmac_key.data());
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, mac_key, key.hmac_key.size()),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_CTX_set_params(mac, params) == 1 &&
           EVP_CipherInit_ex2(cipher, ticket_cipher.get(), key.aes_key.data(), iv, is_new,
                              nullptr) == 1;
}

int TlsServerContext::Shared::on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv,
                                        EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                                        int is_new) noexcept {
    constexpr int kError = -1, kUnknown = 0, kUse = 1, kUseAndRenew = 2;
    const Shared& shared = of(ssl);
    const TicketKey& encrypting = shared.ticket_keys->encrypting();
    if (is_new != 0) {
        std::copy(encrypting.name.begin(), encrypting.name.end(), name);
        if (RAND_bytes(iv, kTicketIvBytes) != 1) return kError;
        return shared.begin_ticket(encrypting, iv, cipher, mac, true) ? kUse : kError;
    }
    const TicketKey* key = shared.ticket_keys->find(
        std::span<const unsigned char, TicketKey::kNameBytes>(name, TicketKey::kNameBytes));
    if (key == nullptr) return kUnknown;
    if (!shared.begin_ticket(*key, iv, cipher, mac, false)) return kError;
    // A ticket of TLS 1.3 is good for one connection (RFC 8446 appendix C.4): a client that brings
    // it gets the next one. In TLS 1.2 clients use one again and again, as long as its key is the
    // last.
    const bool is_spent = SSL_version(ssl) >= TLS1_3_VERSION || key != &encrypting;
    return is_spent ? kUseAndRenew : kUse;
}

int TlsServerContext::Shared::on_status_request(SSL* ssl, void* folder) noexcept {
    const X509* leaf = SSL_get_certificate(ssl);
    for (const KeyPair& pair : static_cast<const CertificateFolder*>(folder)->pairs) {
        if (pair.leaf.get() != leaf || pair.ocsp_response.empty()) continue;
        if (pair.ocsp_expires != 0 && pair.ocsp_expires <= std::time(nullptr)) continue;
        void* copy = OPENSSL_memdup(pair.ocsp_response.data(), pair.ocsp_response.size());
        if (copy == nullptr) continue;
        SSL_set_tlsext_status_ocsp_resp(ssl, static_cast<unsigned char*>(copy),
                                        static_cast<long>(pair.ocsp_response.size()));
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_NOACK;
}

// ---- TlsServerContext ----

Result<std::unique_ptr<TlsServerContext>, TlsProblem> TlsServerContext::create(
    std::shared_ptr<const CertificateStore> certificates,
    std::shared_ptr<const TicketKeys> ticket_keys, const TlsServerSettings& settings) {
    assert(certificates != nullptr && ticket_keys != nullptr);
    auto shared = std::make_shared<Shared>();
    shared->certificates = std::move(certificates);
    shared->ticket_keys = std::move(ticket_keys);
    shared->settings = settings;
    std::unique_ptr<TlsServerContext> context(new TlsServerContext(shared));
    // Every SSL_CTX has the same settings: if one can be made of them, all can.
    if (shared->ticket_cipher == nullptr || shared->context_for(nullptr) == nullptr)
        return fail(TlsProblem{{}, "OpenSSL refuses the TLS settings: " + take_tls_error()});
    return context;
}

TlsServerContext::TlsServerContext(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

TlsServerContext::~TlsServerContext() {
    shared_->is_retired = true;
    shared_->contexts.clear();
}

Ssl TlsServerContext::new_session(std::string_view fallback_domain) {
    const CertificateFolder* folder = shared_->choose(fallback_domain);
    const SslContext context = shared_->context_for(folder);
    Ssl ssl(context != nullptr ? SSL_new(context.get()) : nullptr);
    if (ssl == nullptr) return ssl;
    SSL_set_accept_state(ssl.get());
    // A mark alone: is_for_a_stream()
    if (folder == nullptr && !fallback_domain.empty()) SSL_set_app_data(ssl.get(), shared_.get());
    return ssl;
}

RecordLayer TlsServerContext::record_layer() const {
    return shared_->settings.record_layer;
}

void TlsServerContext::set_ticket_keys(std::shared_ptr<const TicketKeys> keys) {
    assert(keys != nullptr);
    shared_->ticket_keys = std::move(keys);
}

}  // namespace core

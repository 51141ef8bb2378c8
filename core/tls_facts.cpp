// Reads facts through OpenSSL's public accessors.

#include "core/tls_facts.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "core/shown_certificate.h"

namespace core {
namespace {

std::string_view view_of(const char* text) {
    return text == nullptr ? std::string_view() : std::string_view(text);
}

/// Without the extended master secret two connections can be given the same (RFC 9266 section 4.2,
/// RFC 7677 section 4).
bool is_secret_its_own(SSL* ssl) {
    return SSL_version(ssl) >= TLS1_3_VERSION || SSL_get_extms_support(ssl) == 1;
}

ChannelBinding exporter_of(SSL* ssl) {
    if (!is_secret_its_own(ssl)) return {};
    constexpr std::string_view kLabel = "EXPORTER-Channel-Binding";
    std::string bytes(kTlsExporterBytes, '\0');
    // An empty context counts as none in TLS 1.3; in TLS 1.2 it is there (RFC 9266 section 2).
    const int is_made = SSL_export_keying_material(
        ssl, reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), kLabel.data(),
        kLabel.size(), reinterpret_cast<const unsigned char*>(""), 0, 1);
    return is_made == 1 ? ChannelBinding(std::move(bytes)) : ChannelBinding();
}

/// The first Finished of the handshake: a client's, unless it resumed a session.
ChannelBinding unique_of(SSL* ssl) {
    if (SSL_version(ssl) >= TLS1_3_VERSION || !is_secret_its_own(ssl)) return {};
    const auto first = SSL_session_reused(ssl) == 1 ? &SSL_get_finished : &SSL_get_peer_finished;
    std::string bytes(kTlsUniqueBytes, '\0');
    const bool is_whole = first(ssl, bytes.data(), bytes.size()) == kTlsUniqueBytes;
    return is_whole ? ChannelBinding(std::move(bytes)) : ChannelBinding();
}

ChannelBinding server_end_point_of(SSL* ssl) {
    X509* certificate = shown_certificate(ssl);
    int hash = NID_undef;
    if (certificate == nullptr ||
        X509_get_signature_info(certificate, &hash, nullptr, nullptr, nullptr) != 1)
        return {};
    // Of weak hashes none is used; signatures without a single hash (Ed25519) have no binding.
    if (hash == NID_md5 || hash == NID_sha1 || hash == NID_md5_sha1) hash = NID_sha256;
    const EVP_MD* digest = hash == NID_undef ? nullptr : EVP_get_digestbynid(hash);
    if (digest == nullptr) return {};
    std::string bytes(EVP_MAX_MD_SIZE, '\0');
    unsigned length = 0;
    if (X509_digest(certificate, digest, reinterpret_cast<unsigned char*>(bytes.data()), &length) !=
        1) {
        return {};
    }
    bytes.resize(length);
    return ChannelBinding(std::move(bytes));
}

}  // namespace

ChannelBindings channel_bindings(SSL* ssl) {
    ChannelBindings bindings{.exporter = exporter_of(ssl),
                             .server_end_point = server_end_point_of(ssl),
                             .unique = unique_of(ssl)};
    ERR_clear_error();
    return bindings;
}

TlsFacts tls_facts(const SSL* ssl) {
    const unsigned char* alpn = nullptr;
    unsigned alpn_length = 0;
    SSL_get0_alpn_selected(ssl, &alpn, &alpn_length);
    const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl);
    TlsFacts facts;
    facts.version = view_of(SSL_get_version(ssl));
    if (cipher != nullptr) facts.cipher = view_of(SSL_CIPHER_get_name(cipher));
    facts.alpn = {reinterpret_cast<const char*>(alpn), alpn_length};
    facts.sni = view_of(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
    facts.resumed = SSL_session_reused(ssl) == 1;
    return facts;
}

std::string take_tls_error() {
    const unsigned long oldest = ERR_get_error();
    ERR_clear_error();
    if (oldest == 0) return {};
    const char* reason = ERR_reason_error_string(oldest);
    return reason != nullptr ? reason : "error " + std::to_string(oldest);
}

}  // namespace core

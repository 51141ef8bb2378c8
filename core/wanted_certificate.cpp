#include "core/wanted_certificate.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <ctime>

namespace core {
namespace {

struct KeyKind {
    const char* signatures;  // of handshakes, and of the CA, which may have another kind of key
    const char* ciphers12;
    const char* name;
};

// In TLS 1.3, where ciphers say nothing of the key, RSA+SHA256 stands for signatures of
// certificates alone (RFC 8446 section 4.2.3), so a server cannot choose RSA by it.
constexpr KeyKind kEcdsa{"ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:RSA+SHA256:RSA+SHA384:RSA+SHA512",
                         "ECDHE+aECDSA+AESGCM:ECDHE+aECDSA+CHACHA20", "ECDSA"};
constexpr KeyKind kRsa{
    "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:RSA+SHA256:RSA+SHA384:RSA+SHA512",
    "ECDHE+aRSA+AESGCM:ECDHE+aRSA+CHACHA20", "RSA"};

/// Null for kinds that hardly anybody has; a server is taken to have one certificate of such.
const KeyKind* kind_of(const X509* certificate) {
    switch (EVP_PKEY_get_base_id(X509_get0_pubkey(certificate))) {
        case EVP_PKEY_EC: return &kEcdsa;
        case EVP_PKEY_RSA: return &kRsa;
        default: return nullptr;
    }
}

std::string fingerprint(const X509* certificate) {
    constexpr unsigned kBytesTold = 8;
    unsigned char digest[EVP_MAX_MD_SIZE] = {};
    X509_digest(certificate, EVP_sha256(), digest, nullptr);
    std::string text;
    for (unsigned i = 0; i < kBytesTold; ++i)
        text += fmt::format("{}{:02X}", i == 0 ? "" : ":", digest[i]);
    return text + "...";
}

}  // namespace

void ask_for_key_of(SSL* ssl, const X509* wanted) {
    const KeyKind* kind = kind_of(wanted);
    if (kind == nullptr) return;
    SSL_set1_sigalgs_list(ssl, kind->signatures);
    SSL_set_cipher_list(ssl, kind->ciphers12);
}

bool has_shown(const SSL* ssl, const X509* wanted) {
    const X509* shown = SSL_get0_peer_certificate(ssl);
    return shown != nullptr && X509_cmp(shown, wanted) == 0;
}

std::string words_for_certificate(const X509* certificate) {
    const KeyKind* kind = kind_of(certificate);
    std::tm end{};
    ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end);
    return fmt::format("SHA-256 {}{}{}, until {:04}-{:02}-{:02}", fingerprint(certificate),
                       kind == nullptr ? "" : ", ", kind == nullptr ? "" : kind->name,
                       end.tm_year + 1900, end.tm_mon + 1, end.tm_mday);
}

std::string words_for_peer_certificate(const SSL* ssl) {
    const X509* shown = SSL_get0_peer_certificate(ssl);
    return shown == nullptr ? std::string() : words_for_certificate(shown);
}

Certificate share(X509* certificate) {
    if (certificate != nullptr) X509_up_ref(certificate);
    return Certificate(certificate);
}

}  // namespace core

// A ticket carries a few bytes of its server's own. Keys of one context differ in type, so their
// type is what tells them apart.

#include "core/shown_certificate.h"

#include <cstdint>
#include <cstring>
#include <optional>

namespace core {
namespace {

/// As OpenSSL numbers them; they are written into tickets as they lie in memory, for proxies that
/// share ticket keys run one program.
using KeyType = std::int32_t;

KeyType key_type_of(const X509* certificate) {
    return EVP_PKEY_get_base_id(X509_get0_pubkey(certificate));
}

/// Leaves the current certificate as it is.
bool has_several_certificates(SSL* ssl) {
    const X509* current = SSL_get_certificate(ssl);
    if (current == nullptr || SSL_set_current_cert(ssl, SSL_CERT_SET_FIRST) != 1) return false;
    const bool has_second = SSL_set_current_cert(ssl, SSL_CERT_SET_NEXT) == 1;
    SSL_set_current_cert(ssl, SSL_CERT_SET_FIRST);
    while (SSL_get_certificate(ssl) != current &&
           SSL_set_current_cert(ssl, SSL_CERT_SET_NEXT) == 1) {
    }
    return has_second;
}

int note_key_type(SSL* ssl, void*) noexcept {
    // A session that is resumed has the note of its first handshake.
    if (SSL_session_reused(ssl) == 1 || !has_several_certificates(ssl)) return 1;
    const KeyType type = key_type_of(SSL_get_certificate(ssl));
    return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), &type, sizeof type);
}

std::optional<KeyType> noted_key_type(SSL* ssl) {
    void* note = nullptr;
    std::size_t length = 0;
    KeyType type = 0;
    SSL_SESSION* session = SSL_get_session(ssl);
    if (session == nullptr || SSL_SESSION_get0_ticket_appdata(session, &note, &length) != 1 ||
        note == nullptr || length != sizeof type)
        return std::nullopt;
    std::memcpy(&type, note, sizeof type);
    return type;
}

}  // namespace

void remember_in_tickets(SSL_CTX* context) {
    SSL_CTX_set_session_ticket_cb(context, &note_key_type, nullptr, nullptr);
}

X509* shown_certificate(SSL* ssl) {
    if (SSL_session_reused(ssl) != 1) return SSL_get_certificate(ssl);
    if (SSL_set_current_cert(ssl, SSL_CERT_SET_FIRST) != 1) return nullptr;
    X509* first = SSL_get_certificate(ssl);
    if (SSL_set_current_cert(ssl, SSL_CERT_SET_NEXT) != 1) return first;
    const auto type = noted_key_type(ssl);
    if (!type) return nullptr;
    SSL_set_current_cert(ssl, SSL_CERT_SET_FIRST);
    do {
        X509* each = SSL_get_certificate(ssl);
        if (key_type_of(each) == *type) return each;
    } while (SSL_set_current_cert(ssl, SSL_CERT_SET_NEXT) == 1);
    return nullptr;
}

}  // namespace core

// Reads facts through OpenSSL's public accessors.

#include "core/tls_facts.h"

#include <openssl/err.h>

namespace core {
namespace {

std::string_view view_of(const char* text) {
    return text == nullptr ? std::string_view() : std::string_view(text);
}

}  // namespace

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

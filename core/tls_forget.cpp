// OpenSSL has no call that drops the ephemeral keys, but it hands out the objects that hold them.

#include "core/tls_forget.h"

#include <openssl/err.h>

namespace core {
namespace {

/// Frees what is in the key. Asked for no type at all, OpenSSL empties the key first and answers
/// only then that there is no such type; what remains is as after EVP_PKEY_new.
void empty(const PrivateKey& key) {
    EVP_PKEY_set_type(key.get(), EVP_PKEY_NONE);
}

}  // namespace

void forget_handshake(SSL* ssl) {
    EVP_PKEY* key = nullptr;
    if (SSL_get_tmp_key(ssl, &key) == 1) empty(PrivateKey(key));
    if (SSL_get_peer_tmp_key(ssl, &key) == 1) empty(PrivateKey(key));
    SSL_set_tlsext_status_ocsp_resp(ssl, nullptr, 0);
    ERR_clear_error();
}

}  // namespace core

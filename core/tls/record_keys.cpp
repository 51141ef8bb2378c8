#include "core/tls/record_keys.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>

#include <algorithm>
#include <new>
#include <string_view>

#include "core/handle.h"

namespace core {

namespace {

using Kdf = Handle<EVP_KDF, &EVP_KDF_free>;
using KdfContext = Handle<EVP_KDF_CTX, &EVP_KDF_CTX_free>;

const char* hash_name(RecordSuite suite) {
    return suite == RecordSuite::aes_256_gcm ? "SHA384" : "SHA256";
}

/// Fetched by its name once: that costs more than its use.
KdfContext new_kdf(const Kdf& kdf) {
    KdfContext made(EVP_KDF_CTX_new(kdf.get()));
    if (!made) throw std::bad_alloc();
    return made;
}

OSSL_PARAM text_param(const char* name, const char* text) {
    return OSSL_PARAM_construct_utf8_string(name, const_cast<char*>(text), 0);
}

OSSL_PARAM bytes_param(const char* name, std::span<const unsigned char> bytes) {
    return OSSL_PARAM_construct_octet_string(name, const_cast<unsigned char*>(bytes.data()),
                                             bytes.size());
}

std::span<const unsigned char> label_bytes(std::string_view text) {
    return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

/// HKDF-Expand-Label with an empty context (RFC 8446 section 7.1).
void expand_label(RecordSuite suite, std::span<const unsigned char> secret, std::string_view label,
                  std::span<unsigned char> out) {
    static const Kdf kdf(EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_TLS1_3_KDF, nullptr));
    int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
    const std::array params{OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
                            text_param(OSSL_KDF_PARAM_DIGEST, hash_name(suite)),
                            bytes_param(OSSL_KDF_PARAM_KEY, secret),
                            bytes_param(OSSL_KDF_PARAM_PREFIX, label_bytes("tls13 ")),
                            bytes_param(OSSL_KDF_PARAM_LABEL, label_bytes(label)),
                            OSSL_PARAM_construct_end()};
    if (EVP_KDF_derive(new_kdf(kdf).get(), out.data(), out.size(), params.data()) != 1)
        throw std::bad_alloc();  // nothing of it comes from outside
}

}  // namespace

RecordKeys::~RecordKeys() {
    OPENSSL_cleanse(this, sizeof *this);
}

RecordKeys keys_of_secret(RecordSuite suite, std::span<const unsigned char> secret) {
    RecordKeys made;
    std::copy(secret.begin(), secret.end(), made.secret.begin());
    expand_label(suite, secret, "key", std::span(made.key).first(key_bytes(suite)));
    expand_label(suite, secret, "iv", made.iv);
    return made;
}

RecordKeys keys_after(RecordSuite suite, const RecordKeys& before) {
    std::array<unsigned char, 48> next{};
    const auto secret = std::span(next).first(hash_bytes(suite));
    expand_label(suite, std::span(before.secret).first(secret.size()), "traffic upd", secret);
    RecordKeys made = keys_of_secret(suite, secret);
    OPENSSL_cleanse(next.data(), next.size());
    return made;
}

BothKeys keys_of_master_secret(RecordSuite suite, std::span<const unsigned char> master,
                               SessionRandoms randoms) {
    static const Kdf kdf(EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_TLS1_PRF, nullptr));
    // GCM has four bytes of salt, ChaCha20-Poly1305 all of its nonce (RFC 7905 section 2).
    const std::size_t iv = suite == RecordSuite::chacha20_poly1305 ? kIvBytes : 4;
    const std::size_t key = key_bytes(suite);
    std::array<unsigned char, 2 * (32 + kIvBytes)> block{};
    std::array<OSSL_PARAM, 6> params{text_param(OSSL_KDF_PARAM_DIGEST, hash_name(suite)),
                                     bytes_param(OSSL_KDF_PARAM_SECRET, master),
                                     // Each seed is put behind those before it.
                                     bytes_param(OSSL_KDF_PARAM_SEED, label_bytes("key expansion")),
                                     bytes_param(OSSL_KDF_PARAM_SEED, randoms.server),
                                     bytes_param(OSSL_KDF_PARAM_SEED, randoms.client),
                                     OSSL_PARAM_construct_end()};
    if (EVP_KDF_derive(new_kdf(kdf).get(), block.data(), 2 * (key + iv), params.data()) != 1)
        throw std::bad_alloc();
    BothKeys made;
    const unsigned char* from = block.data();
    const auto take = [&from](std::span<unsigned char> to) {
        std::copy_n(from, to.size(), to.begin());
        from += to.size();
    };
    take(std::span(made.of_client.key).first(key));
    take(std::span(made.of_server.key).first(key));
    take(std::span(made.of_client.iv).first(iv));
    take(std::span(made.of_server.iv).first(iv));
    made.of_client.sequence = made.of_server.sequence = 1;
    OPENSSL_cleanse(block.data(), block.size());
    return made;
}

}  // namespace core

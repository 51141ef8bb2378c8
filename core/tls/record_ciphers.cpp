#include "core/tls/record_ciphers.h"

#include <openssl/crypto.h>

#include <algorithm>

namespace core {

namespace {

const EVP_CIPHER* cipher_of(RecordSuite suite) {
    static const Handle<EVP_CIPHER, &EVP_CIPHER_free> aes_128(
        EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr));
    static const Handle<EVP_CIPHER, &EVP_CIPHER_free> aes_256(
        EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr));
    static const Handle<EVP_CIPHER, &EVP_CIPHER_free> chacha20(
        EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr));
    switch (suite) {
        case RecordSuite::aes_128_gcm: return aes_128.get();
        case RecordSuite::aes_256_gcm: return aes_256.get();
        case RecordSuite::chacha20_poly1305: return chacha20.get();
    }
    return nullptr;
}

bool update(EVP_CIPHER_CTX* context, unsigned char* out, RecordCiphers::Bytes bytes) {
    int written = 0;
    return bytes.empty() || EVP_CipherUpdate(context, out, &written, bytes.data(),
                                             static_cast<int>(bytes.size())) == 1;
}

}  // namespace

RecordCiphers::Keyed::~Keyed() {
    OPENSSL_cleanse(key.data(), key.size());
}

EVP_CIPHER_CTX* RecordCiphers::begin(Keyed& keyed, const Use& use, Direction direction) {
    const unsigned char* key = use.key.data();
    const EVP_CIPHER* cipher = nullptr;
    if (!keyed.context) {
        keyed.context.reset(EVP_CIPHER_CTX_new());
        cipher = cipher_of(use.suite);
    } else if (CRYPTO_memcmp(keyed.key.data(), key, use.key.size()) == 0) {
        key = nullptr;
    }
    if (EVP_CipherInit_ex(keyed.context.get(), cipher, nullptr, key, use.nonce.data(),
                          static_cast<int>(direction)) != 1) {
        keyed.context.reset();
        return nullptr;
    }
    if (key != nullptr) std::copy(use.key.begin(), use.key.end(), keyed.key.begin());
    return update(keyed.context.get(), nullptr, use.beside) ? keyed.context.get() : nullptr;
}

bool RecordCiphers::seal(const Use& use, Bytes content, Bytes tail, unsigned char* out) {
    EVP_CIPHER_CTX* const context =
        begin(sealing_[static_cast<std::size_t>(use.suite)], use, Direction::seals);
    unsigned char* const behind = out + content.size() + tail.size();
    int written = 0;
    return context != nullptr && update(context, out, content) &&
           update(context, out + content.size(), tail) &&
           EVP_CipherFinal_ex(context, behind, &written) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTagBytes, behind) == 1;
}

bool RecordCiphers::open(const Use& use, Bytes sealed, unsigned char* out) {
    if (sealed.size() < kTagBytes) return false;
    EVP_CIPHER_CTX* const context =
        begin(opening_[static_cast<std::size_t>(use.suite)], use, Direction::opens);
    const Bytes content = sealed.first(sealed.size() - kTagBytes);
    const auto tag = const_cast<unsigned char*>(sealed.data() + content.size());
    int written = 0;
    return context != nullptr && update(context, out, content) &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag) == 1 &&
           EVP_CipherFinal_ex(context, out + content.size(), &written) == 1;
}

}  // namespace core

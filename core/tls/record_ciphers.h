#pragma once
// The ciphers of records, AES-GCM and ChaCha20-Poly1305, as one loop uses them for all of its
// connections: the key comes with each call. One thread.

#include <array>
#include <cstddef>
#include <span>

#include "core/handle.h"
#include "core/tls/record_keys.h"

namespace core {

class RecordCiphers {
public:
    using Bytes = std::span<const unsigned char>;
    /// Under which key and nonce, and what is authenticated beside the content.
    struct Use {
        RecordSuite suite;
        Bytes key;    // key_bytes(suite)
        Bytes nonce;  // kIvBytes; never twice with one key
        Bytes beside;
    };

    /// Encrypts `content`, and `tail` behind it, to `out`, which gets both and the tag:
    /// kTagBytes more. False: OpenSSL failed, for want of memory.
    bool seal(const Use& use, Bytes content, Bytes tail, unsigned char* out);
    /// Decrypts `sealed` (its last kTagBytes are the tag) to `out`, which gets the rest. False: it
    /// was not made with this key, nonce and `beside`; then `out` holds nothing of use.
    bool open(const Use& use, Bytes sealed, unsigned char* out);

private:
    using Context = Handle<EVP_CIPHER_CTX, &EVP_CIPHER_CTX_free>;
    enum class Direction : int { opens = 0, seals = 1 };
    /// Keyed; the same key as last time is not scheduled again.
    struct Keyed {
        Context context;
        std::array<unsigned char, 32> key{};
        ~Keyed();
    };

    EVP_CIPHER_CTX* begin(Keyed& keyed, const Use& use, Direction direction);

    std::array<Keyed, 3> sealing_;  // by suite
    std::array<Keyed, 3> opening_;
};

}  // namespace core

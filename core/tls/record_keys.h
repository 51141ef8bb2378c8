#pragma once
// What one direction of a TLS connection needs once the handshake is over: key, nonce and count of
// its records. Values; any thread. Secrets: wiped when destroyed, and of no type that a log takes.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace core {

enum class TlsVersion : std::uint8_t { tls12, tls13 };

/// The ciphers of TLS 1.3, and of the ECDHE suites of TLS 1.2 that have the same ones.
enum class RecordSuite : std::uint8_t { aes_128_gcm, aes_256_gcm, chacha20_poly1305 };

constexpr std::size_t key_bytes(RecordSuite suite) {
    return suite == RecordSuite::aes_128_gcm ? 16 : 32;
}

/// Of the suite's hash: as long are its traffic secrets.
constexpr std::size_t hash_bytes(RecordSuite suite) {
    return suite == RecordSuite::aes_256_gcm ? 48 : 32;
}

inline constexpr std::size_t kTagBytes = 16;  // of each of the three ciphers
inline constexpr std::size_t kIvBytes = 12;

struct RecordKeys {
    std::uint64_t sequence = 0;  // of the next record
    std::array<unsigned char, 32> key{};
    /// TLS 1.3: what the keys after the next KeyUpdate come from.
    std::array<unsigned char, 48> secret{};
    /// TLS 1.2 with GCM: four bytes of salt, then the explicit nonce of the next record, which is
    /// a count of its own (RFC 5288 section 3).
    std::array<unsigned char, kIvBytes> iv{};

    RecordKeys() = default;
    RecordKeys(const RecordKeys&) = default;
    RecordKeys& operator=(const RecordKeys&) = default;
    ~RecordKeys();
};

/// TLS 1.3: the keys of a traffic secret of `hash_bytes(suite)` bytes (RFC 8446 section 7.3), for
/// record 0.
RecordKeys keys_of_secret(RecordSuite suite, std::span<const unsigned char> secret);

/// TLS 1.3: the keys behind a KeyUpdate (RFC 8446 section 7.2).
RecordKeys keys_after(RecordSuite suite, const RecordKeys& before);

struct SessionRandoms {
    std::span<const unsigned char, 32> client;
    std::span<const unsigned char, 32> server;
};

struct BothKeys {
    RecordKeys of_client;
    RecordKeys of_server;
};

/// TLS 1.2: the keys of a master secret (RFC 5246 section 6.3), for record 1: record 0 was the
/// Finished. The explicit nonces of GCM are left at zero.
BothKeys keys_of_master_secret(RecordSuite suite, std::span<const unsigned char> master,
                               SessionRandoms randoms);

}  // namespace core

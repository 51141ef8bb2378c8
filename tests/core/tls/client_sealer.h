#pragma once
// Seals whatever a test wants to say as the client of a TlsPair: also what no client would.

#include <array>
#include <string>
#include <string_view>

#include "core/tls/record_ciphers.h"
#include "core/tls/tls_records.h"
#include "tests/core/tls/tls_pair.h"

namespace core::test {

class ClientSealer {
public:
    explicit ClientSealer(const TlsRecords::Start& server)
        : version_(server.version), suite_(server.suite), keys_(server.receiving) {}

    /// A record of this type and content; of TLS 1.3 with `padding` zeros behind it.
    std::string record(int type, std::string_view content, std::size_t padding = 0) {
        return version_ == TlsVersion::tls13 ? record13(type, content, padding)
                                             : record12(type, content);
    }
    std::string data(std::string_view content) { return record(23, content); }
    /// TLS 1.3: a record with exactly this inside, its type included.
    std::string inner(std::string_view plaintext) {
        const std::size_t size = plaintext.size() + kTagBytes;
        std::string made{'\x17', '\x03', '\x03', static_cast<char>(size >> 8),
                         static_cast<char>(size)};
        made.resize(made.size() + size);
        auto nonce = keys_.iv;
        for (std::size_t i = 0; i < 8; ++i)
            nonce[11 - i] ^= static_cast<unsigned char>(keys_.sequence >> (8 * i));
        ciphers_.seal({suite_, key(), nonce, as_bytes(made).first(5)}, as_bytes(plaintext), {},
                      reinterpret_cast<unsigned char*>(made.data()) + 5);
        ++keys_.sequence;
        return made;
    }
    std::string key_update(int request) {
        const std::string made =
            record(22, std::string("\x18\x00\x00\x01", 4) + static_cast<char>(request));
        update_keys();
        return made;
    }
    void update_keys() { keys_ = keys_after(suite_, keys_); }

private:
    std::span<const unsigned char> key() const {
        return std::span(keys_.key).first(key_bytes(suite_));
    }
    std::string record13(int type, std::string_view content, std::size_t padding) {
        return inner(std::string(content) + static_cast<char>(type) + std::string(padding, '\0'));
    }
    std::string record12(int type, std::string_view content) {
        const bool is_gcm = suite_ != RecordSuite::chacha20_poly1305;
        const std::size_t size = content.size() + kTagBytes + (is_gcm ? 8 : 0);
        std::string made{static_cast<char>(type), '\x03', '\x03', static_cast<char>(size >> 8),
                         static_cast<char>(size)};
        std::array<unsigned char, 13> beside{};
        std::array<unsigned char, 12> nonce = keys_.iv;
        for (std::size_t i = 0; i < 8; ++i) {
            const auto byte = static_cast<unsigned char>(keys_.sequence >> (8 * i));
            beside[7 - i] = byte;
            nonce[11 - i] = is_gcm ? byte : static_cast<unsigned char>(nonce[11 - i] ^ byte);
        }
        beside[8] = static_cast<unsigned char>(type);
        beside[9] = beside[10] = 3;
        beside[11] = static_cast<unsigned char>(content.size() >> 8);
        beside[12] = static_cast<unsigned char>(content.size());
        if (is_gcm) made.append(nonce.begin() + 4, nonce.end());
        const std::size_t at = made.size();
        made.resize(at + content.size() + kTagBytes);
        ciphers_.seal({suite_, key(), nonce, beside}, as_bytes(content), {},
                      reinterpret_cast<unsigned char*>(made.data()) + at);
        ++keys_.sequence;
        return made;
    }

    TlsVersion version_;
    RecordSuite suite_;
    RecordKeys keys_;
    RecordCiphers ciphers_;
};

}  // namespace core::test

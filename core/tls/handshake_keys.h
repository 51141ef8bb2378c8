#pragma once
// Takes from a server's handshake by OpenSSL what its records need afterwards. OpenSSL has no call
// for it: the secrets of TLS 1.3 come from its key log, how far it has counted from its message
// callback. Thread of the connection.
// Why: core/README.md, "Records without OpenSSL".

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/handle.h"
#include "core/tls/tls_records.h"

namespace core {

class HandshakeKeys {
public:
    /// Watches the handshake of `ssl`, which has not begun and outlives this. An SSL_CTX is used by
    /// one thread.
    explicit HandshakeKeys(SSL* ssl);
    ~HandshakeKeys();
    HandshakeKeys(const HandshakeKeys&) = delete;
    HandshakeKeys& operator=(const HandshakeKeys&) = delete;

    /// After each SSL_do_handshake: `flight` is what it has written, nothing taken from it yet.
    void note_step(std::string_view flight);
    /// When the handshake is complete and nothing was read or written since. None: the connection
    /// needs its SSL object, because its cipher is none of ours, because it asks clients for
    /// certificates, or because OpenSSL has read bytes behind the handshake.
    std::optional<TlsRecords::Start> take() const;

private:
    struct TrafficSecret {
        std::array<unsigned char, 48> bytes{};
        bool is_known = false;
    };
    static constexpr std::size_t kExplicitNonceBytes = 8;  // RFC 5288 section 3

    static int ex_data_index();
    static void on_message(int is_written, int version, int type, const void* bytes,
                           std::size_t size, SSL* ssl, void* self) noexcept;
    static void on_key_line(const SSL* ssl, const char* line) noexcept;
    void note_key_line(std::string_view line);
    std::optional<TlsRecords::Start> take_tls13(TlsRecords::Start start) const;
    std::optional<TlsRecords::Start> take_tls12(TlsRecords::Start start) const;

    SSL* ssl_;
    TrafficSecret of_client_;
    TrafficSecret of_server_;
    /// Records that OpenSSL has written under the server's secret: a ticket may need several.
    std::uint64_t records_written_ = 0;
    /// TLS 1.2: of the record with our Finished; OpenSSL begins at random.
    std::array<unsigned char, kExplicitNonceBytes> explicit_nonce_{};
    bool is_log_open_ = false;
    bool has_finished_ = false;  // our Finished is in this step's flight
};

}  // namespace core

#pragma once
// A TLS connection after its handshake, without an SSL object: opens and seals records (RFC 8446
// section 5, RFC 5246 section 6.2.3), answers key updates, judges alerts. A pure machine: bytes in,
// bytes out, no socket, no clock. It is a server's: what only servers send is refused. What a
// record breaks ends the connection with the alert that OpenSSL would send. One thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/tls/record_ciphers.h"
#include "core/tls/record_keys.h"

namespace core {

/// RFC 8446 section 6; those that are sent or looked at here.
enum class TlsAlert : std::uint8_t {
    close_notify = 0,
    unexpected_message = 10,
    bad_record_mac = 20,
    record_overflow = 22,
    illegal_parameter = 47,
    decode_error = 50,
    protocol_version = 70,
    internal_error = 80,
    user_canceled = 90,
    no_renegotiation = 100,
};

class TlsRecords {
public:
    static constexpr std::size_t kHeaderBytes = 5;
    static constexpr std::size_t kMostPlain = 16 * 1024;  // of one record

    struct Start {
        TlsVersion version;
        RecordSuite suite;
        RecordKeys receiving;
        RecordKeys sending;
        /// Of what max_fragment_length (RFC 6066 section 4) allows a record to hold, both ways.
        std::uint16_t most_plain = kMostPlain;
    };
    explicit TlsRecords(const Start& start);

    /// How long the record is that begins so, its header included; of less than a header: as long
    /// as that.
    static std::size_t bytes_of_record(std::string_view begin);
    ~TlsRecords() = default;
    TlsRecords(const TlsRecords&) = delete;
    TlsRecords& operator=(const TlsRecords&) = delete;

    struct Opened {
        enum class What : std::uint8_t {
            incomplete,  // more bytes are needed for a record; nothing is consumed
            data,        // `plain` bytes of the application
            control,     // handled here; nothing for the application
            end,         // close_notify: the peer sends no more
            broken,      // the peer ended the connection by a fatal alert; nothing to send
            refused,     // `alert` is to be sent, and the connection ends; `why` is for the log
        };
        What what;
        std::size_t consumed = 0;
        std::size_t plain = 0;
        TlsAlert alert{};      // of `refused`; of `broken`: the peer's
        std::string_view why;  // static text
    };
    /// Takes the record at the front of `received` and decrypts it to `plain`, which has room for
    /// kMostPlain + 256 bytes. After `end`, `broken` and `refused` nothing more is to be opened.
    Opened open(std::string_view received, char* plain, RecordCiphers& ciphers);

    /// Appends records with `bytes` to `out`. A key update that the peer asks for goes in front of
    /// them (RFC 8446 section 4.6.3), one however often it asked, so nothing piles up for a peer
    /// that reads nothing. Keys that have sealed 2^23 records are replaced (section 5.5). False: no
    /// memory; the connection cannot go on.
    bool seal(std::string_view bytes, std::vector<char>& out, RecordCiphers& ciphers);
    /// Appends this alert; close_notify as a warning, others as fatal.
    bool seal_alert(TlsAlert alert, std::vector<char>& out, RecordCiphers& ciphers);

private:
    enum class ContentType : std::uint8_t {
        change_cipher_spec = 20,
        alert = 21,
        handshake = 22,
        application_data = 23,
    };
    using Bytes = RecordCiphers::Bytes;

    bool is_tls13() const { return version_ == TlsVersion::tls13; }
    Opened open_tls13(Bytes header, Bytes sealed, unsigned char* plain, RecordCiphers& ciphers);
    Opened open_tls12(Bytes header, Bytes sealed, unsigned char* plain, RecordCiphers& ciphers);
    Opened judge(ContentType type, Bytes content);
    Opened judge_data(std::size_t size);
    Opened judge_alert(Bytes content);
    Opened judge_handshake(Bytes content);
    Opened finish_key_update();
    /// One more record that brings the application nothing.
    Opened without_data();
    static Opened refuse(TlsAlert alert, std::string_view why) {
        return {.what = Opened::What::refused, .alert = alert, .why = why};
    }
    bool seal_record(ContentType type, Bytes content, std::vector<char>& out,
                     RecordCiphers& ciphers);
    bool update_sending_keys(std::vector<char>& out, RecordCiphers& ciphers);

    RecordKeys receiving_;
    RecordKeys sending_;
    TlsVersion version_;
    RecordSuite suite_;
    std::uint16_t most_plain_;
    std::uint8_t records_without_data_ = 0;  // in a row
    std::uint8_t warnings_ = 0;              // in a row
    std::uint8_t message_bytes_ = 0;         // of a KeyUpdate that came in pieces
    bool key_update_due_ = false;            // the peer has asked for one
    std::array<unsigned char, 5> message_{};
};

static_assert(sizeof(TlsRecords) <= 224);

}  // namespace core

#include "core/tls/handshake_keys.h"

#include <openssl/crypto.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cassert>
#include <span>

#include "core/tls/record_keys.h"

namespace core {

namespace {

/// Of a record with a Finished of TLS 1.2, behind its header: explicit nonce, message, tag.
constexpr std::size_t kFinishedRecordBody = 8 + 4 + 12 + kTagBytes;

std::optional<RecordSuite> suite_of(const SSL* ssl) {
    const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl);
    if (cipher == nullptr) return std::nullopt;
    switch (SSL_CIPHER_get_protocol_id(cipher)) {
        case 0x1301:  // TLS_AES_128_GCM_SHA256
        case 0xC02B:  // TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
        case 0xC02F:  // TLS_ECDHE_RSA_...
            return RecordSuite::aes_128_gcm;
        case 0x1302:  // TLS_AES_256_GCM_SHA384
        case 0xC02C:
        case 0xC030: return RecordSuite::aes_256_gcm;
        case 0x1303:  // TLS_CHACHA20_POLY1305_SHA256
        case 0xCCA8:
        case 0xCCA9: return RecordSuite::chacha20_poly1305;
        default: return std::nullopt;
    }
}

/// RFC 6066 section 4.
std::uint16_t most_plain_of(const SSL* ssl) {
    const std::uint8_t code = SSL_SESSION_get_max_fragment_length(SSL_get_session(ssl));
    return code == TLSEXT_max_fragment_length_DISABLED ? TlsRecords::kMostPlain
                                                       : static_cast<std::uint16_t>(256U << code);
}

int hex_value(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

bool read_hex(std::string_view digits, std::span<unsigned char> out) {
    if (digits.size() % 2 != 0 || digits.size() / 2 > out.size()) return false;
    for (std::size_t i = 0; i < digits.size() / 2; ++i) {
        const int high = hex_value(digits[2 * i]);
        const int low = hex_value(digits[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        out[i] = static_cast<unsigned char>(high * 16 + low);
    }
    return true;
}

}  // namespace

HandshakeKeys::HandshakeKeys(SSL* ssl) : ssl_(ssl) {
    SSL_set_msg_callback(ssl, &on_message);
    SSL_set_msg_callback_arg(ssl, this);
    SSL_set_ex_data(ssl, ex_data_index(), this);
}

HandshakeKeys::~HandshakeKeys() {
    if (is_log_open_) SSL_CTX_set_keylog_callback(SSL_get_SSL_CTX(ssl_), nullptr);
    SSL_set_msg_callback(ssl_, nullptr);
    SSL_set_ex_data(ssl_, ex_data_index(), nullptr);
    OPENSSL_cleanse(&of_client_, sizeof of_client_);
    OPENSSL_cleanse(&of_server_, sizeof of_server_);
}

int HandshakeKeys::ex_data_index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

void HandshakeKeys::on_message(int is_written, int, int type, const void* bytes, std::size_t size,
                               SSL* ssl, void* self) noexcept {
    auto& keys = *static_cast<HandshakeKeys*>(self);
    if (type == SSL3_RT_HEADER) {
        if (is_written == 1 && keys.of_server_.is_known) ++keys.records_written_;
        return;
    }
    const bool is_finished = type == SSL3_RT_HANDSHAKE && size != 0 &&
                             *static_cast<const unsigned char*>(bytes) == SSL3_MT_FINISHED;
    if (!is_finished) return;
    if (is_written == 1) keys.has_finished_ = true;
    // The secrets of data are made behind either Finished. The log is open for no longer: OpenSSL
    // spends more on a line than on the secret in it.
    if (SSL_version(ssl) != TLS1_3_VERSION) return;
    SSL_CTX_set_keylog_callback(SSL_get_SSL_CTX(ssl), &on_key_line);
    keys.is_log_open_ = true;
}

void HandshakeKeys::on_key_line(const SSL* ssl, const char* line) noexcept {
    if (auto* keys = static_cast<HandshakeKeys*>(SSL_get_ex_data(ssl, ex_data_index())))
        keys->note_key_line(line);
}

/// "LABEL CLIENT_RANDOM SECRET", both in hex (RFC 9850 section 2).
void HandshakeKeys::note_key_line(std::string_view line) {
    TrafficSecret* const secret = line.starts_with("CLIENT_TRAFFIC_SECRET_0 ")   ? &of_client_
                                  : line.starts_with("SERVER_TRAFFIC_SECRET_0 ") ? &of_server_
                                                                                 : nullptr;
    if (secret == nullptr) return;
    secret->is_known = read_hex(line.substr(line.rfind(' ') + 1), secret->bytes);
}

void HandshakeKeys::note_step(std::string_view flight) {
    if (is_log_open_) {
        SSL_CTX_set_keylog_callback(SSL_get_SSL_CTX(ssl_), nullptr);
        is_log_open_ = false;
    }
    // It is the last message of its flight.
    if (has_finished_ && flight.size() >= kFinishedRecordBody) {
        const std::string_view nonce =
            flight.substr(flight.size() - kFinishedRecordBody, explicit_nonce_.size());
        std::copy(nonce.begin(), nonce.end(), explicit_nonce_.begin());
    }
    has_finished_ = false;
}

std::optional<TlsRecords::Start> HandshakeKeys::take() const {
    assert(SSL_is_init_finished(ssl_) == 1);
    const auto suite = suite_of(ssl_);
    const bool is_plain =
        SSL_has_pending(ssl_) != 1 && SSL_get_verify_mode(ssl_) == SSL_VERIFY_NONE;
    if (!suite || !is_plain) return std::nullopt;
    TlsRecords::Start start{.suite = *suite, .most_plain = most_plain_of(ssl_)};
    switch (SSL_version(ssl_)) {
        case TLS1_3_VERSION: start.version = TlsVersion::tls13; return take_tls13(start);
        case TLS1_2_VERSION: start.version = TlsVersion::tls12; return take_tls12(start);
        default: return std::nullopt;
    }
}

std::optional<TlsRecords::Start> HandshakeKeys::take_tls13(TlsRecords::Start start) const {
    if (!of_client_.is_known || !of_server_.is_known) return std::nullopt;
    const auto secret_of = [&start](const TrafficSecret& secret) {
        return std::span(secret.bytes).first(hash_bytes(start.suite));
    };
    start.receiving = keys_of_secret(start.suite, secret_of(of_client_));
    start.sending = keys_of_secret(start.suite, secret_of(of_server_));
    start.sending.sequence = records_written_;
    return start;
}

std::optional<TlsRecords::Start> HandshakeKeys::take_tls12(TlsRecords::Start start) const {
    std::array<unsigned char, SSL_MAX_MASTER_KEY_LENGTH> master{};
    std::array<unsigned char, SSL3_RANDOM_SIZE> client{};
    std::array<unsigned char, SSL3_RANDOM_SIZE> server{};
    const std::size_t size =
        SSL_SESSION_get_master_key(SSL_get_session(ssl_), master.data(), master.size());
    SSL_get_client_random(ssl_, client.data(), client.size());
    SSL_get_server_random(ssl_, server.data(), server.size());
    BothKeys keys =
        keys_of_master_secret(start.suite, std::span(master).first(size), {client, server});
    OPENSSL_cleanse(master.data(), master.size());
    if (start.suite != RecordSuite::chacha20_poly1305) {
        // Counted on from where OpenSSL began, so that none comes twice (RFC 5288 section 3).
        auto nonce = explicit_nonce_;
        for (auto byte = nonce.rbegin(); byte != nonce.rend() && ++*byte == 0; ++byte) {
        }
        std::copy(nonce.begin(), nonce.end(), keys.of_server.iv.begin() + 4);
    }
    start.receiving = keys.of_client;
    start.sending = keys.of_server;
    return start;
}

}  // namespace core

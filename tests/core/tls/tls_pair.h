#pragma once
// A client and a server of OpenSSL in one process, their handshake done, and the server's side of
// it as TlsRecords: so OpenSSL is the judge of what we open and seal.

#include <openssl/ssl.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/handle.h"
#include "core/tls/tls_records.h"
#include "tests/support/certificates.h"

namespace core::test {

/// Which handshake.
struct TlsKind {
    TlsVersion version;
    RecordSuite suite;
    int max_fragment = 0;  // TLSEXT_max_fragment_length_*
};

inline std::string unhex(std::string_view digits) {
    std::string bytes;
    int high = -1;
    for (const char digit : digits) {
        if (digit == ' ' || digit == '\n') continue;
        const int value = digit <= '9' ? digit - '0' : digit - 'a' + 10;
        if (high < 0) {
            high = value;
        } else {
            bytes.push_back(static_cast<char>(high * 16 + value));
            high = -1;
        }
    }
    return bytes;
}

inline std::span<const unsigned char> as_bytes(std::string_view text) {
    return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

class TlsPair {
public:
    explicit TlsPair(TlsKind kind) : kind_(kind) {
        const ::test::Issued issued = ::test::issue({.dns_names = {"a.example"}});
        client_context_.reset(SSL_CTX_new(TLS_client_method()));
        server_context_.reset(SSL_CTX_new(TLS_server_method()));
        for (SSL_CTX* context : {client_context_.get(), server_context_.get()}) set_up(context);
        SSL_CTX_use_certificate(server_context_.get(), issued.certificate.get());
        SSL_CTX_use_PrivateKey(server_context_.get(), issued.key.get());
        SSL_CTX_set_num_tickets(server_context_.get(), 0);
        SSL_CTX_set_keylog_callback(server_context_.get(), [](const SSL* ssl, const char* line) {
            static_cast<TlsPair*>(SSL_get_app_data(ssl))->key_log_ += std::string(line) + "\n";
        });
        client_.reset(SSL_new(client_context_.get()));
        server_.reset(SSL_new(server_context_.get()));
        SSL_set_app_data(server_.get(), this);
        for (SSL* ssl : {client_.get(), server_.get()})
            SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        if (kind.max_fragment != 0)
            SSL_set_tlsext_max_fragment_length(client_.get(),
                                               static_cast<std::uint8_t>(kind.max_fragment));
        SSL_set_connect_state(client_.get());
        SSL_set_accept_state(server_.get());
        for (int turn = 0; turn < 4; ++turn) {
            SSL_do_handshake(client_.get());
            move(client_.get(), server_.get());
            SSL_do_handshake(server_.get());
            last_flight_ = taken(server_.get());
            give(client_.get(), last_flight_);
            if (!last_flight_.empty()) finished_flight_ = last_flight_;
        }
        if (!SSL_is_init_finished(client_.get()) || !SSL_is_init_finished(server_.get()))
            throw std::runtime_error("no handshake");
        char nothing = 0;
        SSL_read(client_.get(), &nothing, 1);  // tickets
    }

    SSL* client() const { return client_.get(); }
    SSL* server() const { return server_.get(); }

    /// The server's side after the handshake.
    TlsRecords::Start start() const {
        const std::uint16_t most = kind_.max_fragment == 0
                                       ? TlsRecords::kMostPlain
                                       : static_cast<std::uint16_t>(256 << kind_.max_fragment);
        if (kind_.version == TlsVersion::tls13) {
            return {kind_.version, kind_.suite,
                    keys_of_secret(kind_.suite, as_bytes(logged("CLIENT_TRAFFIC_SECRET_0"))),
                    keys_of_secret(kind_.suite, as_bytes(logged("SERVER_TRAFFIC_SECRET_0"))), most};
        }
        std::array<unsigned char, 48> master{};
        std::array<unsigned char, 32> client{};
        std::array<unsigned char, 32> server{};
        SSL_SESSION_get_master_key(SSL_get_session(server_.get()), master.data(), master.size());
        SSL_get_client_random(server_.get(), client.data(), client.size());
        SSL_get_server_random(server_.get(), server.data(), server.size());
        BothKeys keys = keys_of_master_secret(kind_.suite, master, {client, server});
        if (kind_.suite != RecordSuite::chacha20_poly1305) {
            // The Finished is the last record of the flight: its explicit nonce and one more.
            const std::string_view flight(finished_flight_);
            std::uint64_t nonce = 0;
            for (const char byte : flight.substr(flight.size() - 40, 8))
                nonce = nonce << 8 | static_cast<unsigned char>(byte);
            ++nonce;
            for (int i = 0; i < 8; ++i)
                keys.of_server.iv[11 - static_cast<std::size_t>(i)] =
                    static_cast<unsigned char>(nonce >> (8 * i));
        }
        return {kind_.version, kind_.suite, keys.of_client, keys.of_server, most};
    }

    /// What OpenSSL has written and nobody has taken.
    static std::string taken(SSL* ssl) {
        std::string bytes(BIO_ctrl_pending(SSL_get_wbio(ssl)), '\0');
        if (!bytes.empty())
            BIO_read(SSL_get_wbio(ssl), bytes.data(), static_cast<int>(bytes.size()));
        return bytes;
    }
    static void give(SSL* ssl, std::string_view bytes) {
        if (!bytes.empty())
            BIO_write(SSL_get_rbio(ssl), bytes.data(), static_cast<int>(bytes.size()));
    }

private:
    static void move(SSL* from, SSL* to) { give(to, taken(from)); }

    void set_up(SSL_CTX* context) const {
        const int version = kind_.version == TlsVersion::tls13 ? TLS1_3_VERSION : TLS1_2_VERSION;
        SSL_CTX_set_min_proto_version(context, version);
        SSL_CTX_set_max_proto_version(context, version);
        static constexpr std::array kNames13{"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                                             "TLS_CHACHA20_POLY1305_SHA256"};
        static constexpr std::array kNames12{"ECDHE-ECDSA-AES128-GCM-SHA256",
                                             "ECDHE-ECDSA-AES256-GCM-SHA384",
                                             "ECDHE-ECDSA-CHACHA20-POLY1305"};
        const auto suite = static_cast<std::size_t>(kind_.suite);
        SSL_CTX_set_ciphersuites(context, kNames13[suite]);
        SSL_CTX_set_cipher_list(context, kNames12[suite]);
        SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
    }

    std::string logged(const std::string& label) const {
        const std::size_t at = key_log_.find(label);
        if (at == key_log_.npos) throw std::runtime_error("no " + label);
        const std::size_t end = key_log_.find('\n', at);
        const std::size_t from = key_log_.rfind(' ', end) + 1;
        return unhex(std::string_view(key_log_).substr(from, end - from));
    }

    TlsKind kind_;
    SslContext client_context_;
    SslContext server_context_;
    std::string key_log_;
    std::string last_flight_;
    std::string finished_flight_;
    Ssl client_;
    Ssl server_;
};

}  // namespace core::test

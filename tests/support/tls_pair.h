#pragma once
// A TLS client and server that talk through memory: handshakes without sockets.

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "core/handle.h"

namespace test {

/// What a client of these tests asks for; everything else is OpenSSL's default.
struct ClientWishes {
    std::string sni = {};   // empty: none sent
    std::string alpn = {};  // wire form, "\x0bxmpp-client"; empty: none sent
    int min_version = 0;
    int max_version = 0;
    std::string signature_algorithms = {};
    std::string ciphers = {};  // of TLS 1.2
    std::string groups = {};
    bool wants_status = false;
    SSL_SESSION* resume = nullptr;
    int security_level = 1;  // 0 lets a client speak what servers must refuse
};

using Session = core::Handle<SSL_SESSION, &SSL_SESSION_free>;

/// Both ends of one TLS connection. The client verifies nothing.
class TlsPair {
public:
    TlsPair(core::Ssl server_end, const ClientWishes& wishes)
        : server(std::move(server_end)), context_(SSL_CTX_new(TLS_client_method())) {
        SSL_CTX* context = context_.get();
        SSL_CTX_set_security_level(context, wishes.security_level);
        SSL_CTX_set_min_proto_version(context, wishes.min_version);
        SSL_CTX_set_max_proto_version(context, wishes.max_version);
        if (!wishes.ciphers.empty()) SSL_CTX_set_cipher_list(context, wishes.ciphers.c_str());
        if (!wishes.groups.empty()) SSL_CTX_set1_groups_list(context, wishes.groups.c_str());
        if (!wishes.signature_algorithms.empty())
            SSL_CTX_set1_sigalgs_list(context, wishes.signature_algorithms.c_str());
        SSL_CTX_set_session_cache_mode(context,
                                       SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
        SSL_CTX_sess_set_new_cb(context, &keep_session);
        client.reset(SSL_new(context));
        SSL_set_app_data(client.get(), this);
        SSL_set_connect_state(client.get());
        if (!wishes.sni.empty()) SSL_set_tlsext_host_name(client.get(), wishes.sni.c_str());
        if (!wishes.alpn.empty())
            SSL_set_alpn_protos(client.get(),
                                reinterpret_cast<const unsigned char*>(wishes.alpn.data()),
                                static_cast<unsigned>(wishes.alpn.size()));
        if (wishes.wants_status) SSL_set_tlsext_status_type(client.get(), TLSEXT_STATUSTYPE_ocsp);
        if (wishes.resume != nullptr) SSL_set_session(client.get(), wishes.resume);
        join();
    }
    /// Any client against any server.
    TlsPair(core::Ssl server_end, core::Ssl client_end)
        : server(std::move(server_end)), client(std::move(client_end)) {
        join();
    }
    ~TlsPair() {
        // Orderly ends: OpenSSL makes the session of a connection that just vanished not resumable.
        for (SSL* ssl : {server.get(), client.get()})
            SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    }
    TlsPair(const TlsPair&) = delete;
    TlsPair& operator=(const TlsPair&) = delete;

    /// Runs the handshake to its end and one byte each way, so that tickets arrive. False when one
    /// side refused; client_error and server_error then hold the OpenSSL reason.
    bool shake_hands() {
        ERR_clear_error();
        for (int turn = 0; turn < 20 && client_error == 0 && server_error == 0; ++turn) {
            if (!SSL_is_init_finished(client.get()))
                client_error = reason(client.get(), SSL_do_handshake(client.get()));
            if (!SSL_is_init_finished(server.get()) && client_error == 0) {
                const int done = SSL_do_handshake(server.get());
                if (SSL_get_error(server.get(), done) == SSL_ERROR_SSL && on_server_error) {
                    server_error = ERR_GET_REASON(ERR_peek_error());
                    on_server_error(server.get());
                } else {
                    server_error = reason(server.get(), done);
                }
            }
            // A refused side has written an alert: the other one gets to see it.
            if (server_error != 0 && client_error == 0)
                client_error = reason(client.get(), SSL_do_handshake(client.get()));
        }
        return client_error == 0 && server_error == 0 && SSL_is_init_finished(client.get()) &&
               SSL_is_init_finished(server.get()) && send(server, client, "s") == "s" &&
               send(client, server, "c") == "c";
    }

    /// Sends text from one end and reads it at the other.
    static std::string send(core::Ssl& from, core::Ssl& to, std::string_view text) {
        if (SSL_write(from.get(), text.data(), static_cast<int>(text.size())) <= 0) return {};
        std::string got(text.size() + 1, '\0');
        const int length = SSL_read(to.get(), got.data(), static_cast<int>(got.size()));
        got.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
        return got;
    }

    /// The session (with its ticket) the client may resume; null when the server sent none.
    Session take_session() { return std::move(session_); }

    core::Ssl server;
    int tickets = 0;                            // that the client got
    std::function<void(SSL*)> on_server_error;  // with OpenSSL's queue of errors as it is
    int client_error = 0;                       // ERR_GET_REASON of what ended the handshake there
    int server_error = 0;

private:
    void join() {
        BIO* server_end = nullptr;
        BIO* client_end = nullptr;
        BIO_new_bio_pair(&server_end, 256 * 1024, &client_end, 256 * 1024);
        SSL_set_bio(server.get(), server_end, server_end);
        SSL_set_bio(client.get(), client_end, client_end);
    }
    static int reason(SSL* ssl, int result) {
        const int error = SSL_get_error(ssl, result);
        if (error != SSL_ERROR_SSL) return 0;
        const int found = ERR_GET_REASON(ERR_peek_error());
        ERR_clear_error();
        return found;
    }
    static int keep_session(SSL* ssl, SSL_SESSION* session) {
        auto* self = static_cast<TlsPair*>(SSL_get_app_data(ssl));
        self->session_.reset(session);
        ++self->tickets;
        return 1;
    }

    core::SslContext context_;
    Session session_;

public:
    core::Ssl client;
};

}  // namespace test

#pragma once
// A server on the test's own loop that says what the test tells it to: for links and checks that
// need a socket on the other side.

#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/connection.h"
#include "core/listener.h"
#include "tests/support/certificates.h"

namespace test {

class FakeBackend {
public:
    /// One connection. `received` is all that came, decrypted where TLS has begun.
    class Peer final : public core::ConnectionEvents {
    public:
        Peer(FakeBackend& backend, core::EventLoop& loop, core::Fd fd)
            : backend_(backend),
              connection(loop, std::move(fd), static_cast<core::ConnectionEvents&>(*this),
                         backend.watermarks_) {}

        void start_tls() {
            connection.start_tls(backend_.new_tls(), core::Connection::TlsRole::accepting);
        }
        bool has(std::string_view text) const { return received.find(text) != std::string::npos; }

        std::size_t on_bytes(std::string_view window) override {
            received += window;
            backend_.behaviour_(*this);
            return window.size();
        }
        void on_end() override { has_ended = true; }
        void on_broken(core::Broken, std::string_view) override { has_broken = true; }

    private:
        FakeBackend& backend_;

    public:
        std::string received;
        int step = 0;  // for the behaviour
        bool has_ended = false;
        bool has_broken = false;
        core::Connection connection;
    };
    /// Called with each read; and once at the start, with nothing received.
    using Behaviour = std::function<void(Peer&)>;

    FakeBackend(core::EventLoop& loop, Behaviour behaviour, const std::string& host = "127.0.0.1",
                std::uint16_t port = 0)
        : behaviour_(std::move(behaviour)),
          listener_(
              loop,
              core::Listener::bind(*core::Endpoint::from_address(host, port), kWaiting).value(),
              [this, &loop](core::Fd fd, const core::Endpoint&) {
                  peers.push_back(std::make_unique<Peer>(*this, loop, std::move(fd)));
                  behaviour_(*peers.back());
                  peers.back()->connection.resume_reading();
              }) {}

    core::Endpoint address() const { return listener_.local(); }
    void close() { listener_.close(); }
    /// A self-signed certificate for this name; without it there is no TLS.
    void certify(const std::string& domain) {
        tls_.reset();
        certify(issue({.dns_names = {domain}}));
    }
    /// This one, beside those of before if they have other types of keys.
    void certify(const Issued& issued) {
        certificate_pem = pem_of(issued.certificate.get());
        if (!tls_) tls_.reset(SSL_CTX_new(TLS_server_method()));
        SSL_CTX_use_certificate(tls_.get(), issued.certificate.get());
        SSL_CTX_use_PrivateKey(tls_.get(), issued.key.get());
    }

    std::vector<std::unique_ptr<Peer>> peers;
    std::string certificate_pem;

private:
    static constexpr core::Listener::Settings kWaiting{
        .backlog = 16, .keepalive = {.idle_seconds = 60, .interval_seconds = 10, .probes = 3}};

    core::Ssl new_tls() { return core::Ssl(SSL_new(tls_.get())); }

    core::Watermarks watermarks_;
    core::SslContext tls_;
    Behaviour behaviour_;
    core::Listener listener_;
};

inline constexpr std::string_view kServerHeader =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams' id='1' from='example.org' version='1.0'>";
inline constexpr std::string_view kServerFeatures =
    "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
    "<mechanism>PLAIN</mechanism></mechanisms></stream:features>";

/// Answers the first stream header with `answer`, and an end tag with an end tag.
inline FakeBackend::Behaviour answering(std::string answer) {
    return [answer](FakeBackend::Peer& peer) {
        if (peer.step == 0 && peer.has("version='1.0'>")) {
            peer.step = 1;
            peer.connection.send(answer);
        } else if (peer.step == 1 && peer.has("</stream:stream>")) {
            peer.step = 2;
            peer.connection.send("</stream:stream>");
            peer.connection.finish();
        }
    };
}
inline FakeBackend::Behaviour answering_features() {
    return answering(std::string(kServerHeader).append(kServerFeatures));
}

}  // namespace test

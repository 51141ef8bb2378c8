#include "proxy/legs/tcp_client_leg.h"

#include <cassert>
#include <utility>

#include "core/tls_facts.h"

namespace proxy {

TcpClientLeg::TcpClientLeg(const TcpClients& shared, core::Fd client, const core::Endpoint& peer)
    : shared_(shared),
      connection_(shared.loop, std::move(client), static_cast<core::ConnectionEvents&>(*this),
                  shared.watermarks),
      peer_(peer) {}

TcpClientLeg::~TcpClientLeg() = default;

void TcpClientLeg::begin(ClientLegEvents& events) {
    assert(events_ == nullptr);
    events_ = &events;
    connection_.resume_reading();
}

// TLS.

core::Result<void, std::string> TcpClientLeg::start_tls(std::string_view domain) {
    core::Ssl ssl = shared_.tls->new_session(domain);
    if (!ssl) {
        // Memory is out, or OpenSSL does not like the certificates of this domain.
        const std::string why = core::take_tls_error();
        return core::fail(why.empty() ? "no memory for TLS"
                                      : "OpenSSL refuses the certificate: " + why);
    }
    using Connection = core::Connection;
    // Some clients end <starttls/> with a line feed.
    const auto tail = shared_.begins_in_clear ? Connection::ClearTail::white_space
                                              : Connection::ClearTail::nothing;
    connection_.start_tls(std::move(ssl), Connection::TlsRole::accepting, tail);
    return {};
}

void TcpClientLeg::on_secured() {
    if (is_finishing_) return;
    const core::TlsFacts tls = connection_.tls_facts();
    facts_ =
        std::make_unique<const ClientFacts>(ClientFacts{.client = peer_,
                                                        .local = connection_.local(),
                                                        .unique_id = {},
                                                        .is_secure = true,
                                                        .tls_version = std::string(tls.version),
                                                        .tls_cipher = std::string(tls.cipher),
                                                        .alpn = std::string(tls.alpn),
                                                        .sni = std::string(tls.sni),
                                                        .is_tls_resumed = tls.resumed,
                                                        .bindings = {}});
    events_->on_client_secured();
}

const ClientFacts& TcpClientLeg::facts() const {
    assert(facts_ != nullptr);
    return *facts_;
}

std::size_t TcpClientLeg::on_bytes(std::string_view window) {
    return is_finishing_ ? window.size() : events_->on_client_bytes(window);
}

// The end.

void TcpClientLeg::finish() {
    is_finishing_ = true;
    connection_.finish();
    connection_.resume_reading();
}

bool TcpClientLeg::is_gone() const {
    return !connection_.is_open() || (has_ended_ && connection_.pending_output() == 0);
}

void TcpClientLeg::tell_if_gone() {
    if (is_gone()) events_->on_client_gone();
}

void TcpClientLeg::on_end() {
    has_ended_ = true;
    if (is_finishing_) {
        tell_if_gone();
    } else {
        events_->on_client_end();
    }
}

void TcpClientLeg::on_drained() {
    if (is_finishing_) {
        tell_if_gone();  // it may be the low watermark only
    } else {
        events_->on_client_drained();
    }
}

void TcpClientLeg::on_broken(core::Broken why, std::string_view detail) {
    const std::string words(detail);  // may live in the TLS object that closing frees
    connection_.close();
    if (is_finishing_) {
        events_->on_client_gone();
    } else {
        events_->on_client_lost(
            why == core::Broken::tls_failed ? ClientLoss::tls : ClientLoss::connection, words);
    }
}

}  // namespace proxy

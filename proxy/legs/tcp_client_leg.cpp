#include "proxy/legs/tcp_client_leg.h"

#include <cassert>
#include <utility>

#include "core/wanted_certificate.h"

namespace proxy {

TcpLeg::~TcpLeg() = default;

TcpLeg::TcpLeg(const TcpClients& shared, const core::Endpoint& peer, const core::Endpoint& local)
    : shared_(shared), peer_(peer) {
    if (local.family() != core::Endpoint::Family::none)
        known_ = std::make_unique<const KnownClient>(
            KnownClient{.facts = {.client = peer, .local = local}, .shown = nullptr});
}

TcpLeg::TcpLeg(const TcpClients& shared, KnownClient client)
    : shared_(shared),
      known_(std::make_unique<const KnownClient>(std::move(client))),
      peer_(known_->facts.client) {}

TcpClientLeg::TcpClientLeg(const TcpClients& shared, AcceptedClient client)
    : TcpLeg(shared, client.peer, client.local),
      connection_(shared.loop, std::move(client.socket),
                  static_cast<core::ConnectionEvents&>(*this), shared.watermarks) {}

AdoptedTcpLeg::AdoptedTcpLeg(const TcpClients& shared, std::unique_ptr<core::Connection> connection,
                             KnownClient client)
    : TcpLeg(shared, std::move(client)), connection_(std::move(connection)) {
    connection_->hand_over(static_cast<core::ConnectionEvents&>(*this));
}

void TcpLeg::begin(ClientLegEvents& events) {
    assert(events_ == nullptr);
    events_ = &events;
    connection().resume_reading();
}

// TLS.

core::Result<void, std::string> TcpLeg::start_tls(std::string_view domain) {
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
    connection().start_tls(std::move(ssl), Connection::TlsRole::accepting, tail,
                           shared_.tls->record_layer());
    return {};
}

void TcpLeg::on_secured() {
    if (is_finishing_) return;
    const core::Endpoint local = known_ ? known_->facts.local : core::Endpoint();
    known_ = std::make_unique<const KnownClient>(
        know_client(connection(), peer_, local, shared_.tells_bindings));
    events_->on_client_secured();
}

const ClientFacts& TcpLeg::facts() const {
    assert(known_ != nullptr && known_->facts.is_secure);
    return known_->facts;
}

core::Certificate TcpLeg::shown_certificate() const {
    return core::share(known_->shown.get());
}

std::size_t TcpLeg::on_bytes(std::string_view window) {
    return is_finishing_ ? window.size() : events_->on_client_bytes(window);
}

// The end.

void TcpLeg::finish() {
    is_finishing_ = true;
    connection().finish();
    connection().resume_reading();
}

bool TcpLeg::is_gone() const {
    return !connection().is_open() || (has_ended_ && connection().pending_output() == 0);
}

void TcpLeg::tell_if_gone() {
    if (is_gone()) events_->on_client_gone();
}

void TcpLeg::on_end() {
    has_ended_ = true;
    if (is_finishing_) {
        tell_if_gone();
    } else {
        events_->on_client_end();
    }
}

void TcpLeg::on_drained() {
    if (is_finishing_) {
        tell_if_gone();  // it may be the low watermark only
    } else {
        events_->on_client_drained();
    }
}

void TcpLeg::on_broken(core::Broken why, std::string_view detail) {
    const std::string words(detail);  // may live in the TLS object that closing frees
    connection().close();
    if (is_finishing_) {
        events_->on_client_gone();
    } else {
        events_->on_client_lost(
            why == core::Broken::tls_failed ? ClientLoss::tls : ClientLoss::connection, words);
    }
}

}  // namespace proxy

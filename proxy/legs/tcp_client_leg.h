#pragma once
// A client leg that is one TCP connection, with TLS from the start or from STARTTLS on. Knows how
// TCP closes: what was sent is flushed, TLS closes with close_notify, then FIN; input is read and
// dropped until the client's own FIN, so that unread bytes do not turn the goodbye into a reset.
// Owned by its session; loop thread only.

#include <memory>

#include "core/connection.h"
#include "core/tls_context.h"
#include "proxy/legs/client_leg.h"

namespace proxy {

/// What all legs of one kind of listener share; outlives them.
struct TcpClients {
    core::EventLoop& loop;
    const core::Watermarks& watermarks;
    core::TlsServerContext* tls = nullptr;  // as the configuration has it now; never null
    bool begins_in_clear = true;            // TLS follows on STARTTLS
};

class TcpClientLeg final : public ClientLeg, private core::ConnectionEvents {
public:
    TcpClientLeg(const TcpClients& shared, core::Fd client, const core::Endpoint& peer);
    ~TcpClientLeg() override;

    void begin(ClientLegEvents& events) override;
    bool send(std::string_view bytes) override { return connection_.send(bytes); }
    void pause_reading() override { connection_.pause_reading(); }
    void resume_reading() override { connection_.resume_reading(); }
    core::Result<void, std::string> start_tls(std::string_view domain) override;
    const core::Endpoint& peer() const override { return peer_; }
    const ClientFacts& facts() const override;
    core::ChannelBindings bindings() const override { return connection_.channel_bindings(); }
    core::Certificate shown_certificate() const override { return connection_.shown_certificate(); }
    void settle() override { facts_.reset(); }
    void finish() override;
    void abandon() override { connection_.close(); }
    bool is_gone() const override;

private:
    std::size_t on_bytes(std::string_view window) override;
    void on_end() override;
    void on_broken(core::Broken why, std::string_view detail) override;
    void on_drained() override;
    void on_secured() override;
    void tell_if_gone();

    const TcpClients& shared_;
    ClientLegEvents* events_ = nullptr;         // set by begin()
    std::unique_ptr<const ClientFacts> facts_;  // from secured to settled
    core::Connection connection_;
    core::Endpoint peer_;
    bool is_finishing_ = false;
    bool has_ended_ = false;  // the client sends no more
};

}  // namespace proxy

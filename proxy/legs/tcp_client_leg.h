#pragma once
// A client leg that is one TCP connection, with TLS from the start or from STARTTLS on. Knows how
// TCP closes: what was sent is flushed, TLS closes with close_notify, then FIN; input is read and
// dropped until the client's own FIN, so that unread bytes do not turn the goodbye into a reset.
// Owned by its session; loop thread only.

#include <memory>

#include "core/connection.h"
#include "core/tls_context.h"
#include "proxy/legs/accepted_client.h"
#include "proxy/legs/client_leg.h"
#include "proxy/legs/connection_facts.h"

namespace proxy {

/// What all legs of one kind of listener share; outlives them.
struct TcpClients {
    core::EventLoop& loop;
    const core::Watermarks& watermarks;
    core::TlsServerContext* tls = nullptr;  // as the configuration has it now; never null
    bool begins_in_clear = true;            // TLS follows on STARTTLS
    bool tells_bindings = false;            // to a backend, so facts have them
};

/// What all client legs of TCP do; who holds the connection is for those below.
class TcpLeg : public ClientLeg, protected core::ConnectionEvents {
public:
    ~TcpLeg() override;

    void begin(ClientLegEvents& events) override;
    bool send(std::string_view bytes) override { return connection().send(bytes); }
    void pause_reading() override { connection().pause_reading(); }
    void resume_reading() override { connection().resume_reading(); }
    core::Result<void, std::string> start_tls(std::string_view domain) override;
    const core::Endpoint& peer() const override { return peer_; }
    const ClientFacts& facts() const override;
    core::Certificate shown_certificate() const override;
    void settle() override { known_.reset(); }
    void finish() override;
    void abandon() override { connection().close(); }
    bool is_gone() const override;

protected:
    /// `local`: of the client's connection, as in AcceptedClient.
    TcpLeg(const TcpClients& shared, const core::Endpoint& peer, const core::Endpoint& local);
    /// The same of a connection that is secure.
    TcpLeg(const TcpClients& shared, KnownClient client);
    virtual core::Connection& connection() = 0;
    const core::Connection& connection() const { return const_cast<TcpLeg*>(this)->connection(); }

    const TcpClients& shared_;

private:
    std::size_t on_bytes(std::string_view window) override;
    void on_end() override;
    void on_broken(core::Broken why, std::string_view detail) override;
    void on_drained() override;
    void on_secured() override;
    void tell_if_gone();

    ClientLegEvents* events_ = nullptr;  // set by begin()
    /// From secured to settled; before that, where it is not the connection's own, `local` alone.
    std::unique_ptr<const KnownClient> known_;
    core::Endpoint peer_;
    bool is_finishing_ = false;
    bool has_ended_ = false;  // the client sends no more
};

/// A connection that has just been accepted. It lies inside: one object for each session.
class TcpClientLeg final : public TcpLeg {
public:
    TcpClientLeg(const TcpClients& shared, AcceptedClient client);
    bool send(std::string_view bytes) override { return connection_.send(bytes); }

private:
    core::Connection& connection() override { return connection_; }

    core::Connection connection_;
};

/// A secure connection on which somebody else has found a stream of XMPP, whose first bytes are
/// shown again.
class AdoptedTcpLeg final : public TcpLeg {
public:
    AdoptedTcpLeg(const TcpClients& shared, std::unique_ptr<core::Connection> connection,
                  KnownClient client);

private:
    core::Connection& connection() override { return *connection_; }

    const std::unique_ptr<core::Connection> connection_;
};

}  // namespace proxy

#pragma once
// The way to one backend: its addresses in order, TCP, PROXY header, TLS as configured and the
// first bytes, all within one deadline; then the bytes of the stream. Held by value by its user (a
// session's link, a health check); loop thread only. What serves only the opening lies on the heap
// and goes when the connection is open.
//
//   resolving -> connecting -> [starttls ->] [tls ->] open
//       \____________\____________\____________\--> the next address, or on_failed

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "conf/config.h"
#include "core/connection.h"
#include "core/event_loop.h"
#include "dns/address_resolver.h"
#include "proxy/legs/backend_tls.h"
#include "proxy/legs/link_failure.h"
#include "proxy/legs/own_addresses.h"
#include "xmpp/stream_scanner.h"

namespace proxy {

/// What is needed to reach any backend; all of it outlives the connections.
struct BackendEnvironment {
    core::EventLoop& loop;
    std::shared_ptr<dns::AddressResolver> resolver;  // kept while it is asked
    xmpp::ScanWorkPool& scan_work;
    const core::Watermarks& watermarks;
    /// Asked at each use, because a reload replaces what they give.
    std::function<BackendTls&()> tls;
    std::function<const OwnAddresses&()> own;
};

/// Which backend, and what to begin with. What is referred to must live until the connection is
/// open, has failed or is closed.
struct BackendApproach {
    const conf::Backend& backend;
    std::string_view domain;  // prepared; the name that the backend's certificate must carry
    /// What the backend has to show, if its channel_binding says so: the certificate that its
    /// client was shown. Null: that is not known, so none is right. nullopt: any will do.
    std::optional<const X509*> certificate;
    std::string_view greeting;  // the first bytes of the stream, inside TLS where there is any
    /// The PROXY header, for a connection from `local` to `remote`; empty for none.
    std::function<std::string(const core::Endpoint& local, const core::Endpoint& remote)> preamble;
    std::chrono::milliseconds deadline;  // until open, over all addresses
};

/// Called from the loop, never from within a call of the connection.
class BackendConnectionEvents {
public:
    /// One address led nowhere (unspecified: no address is known); the next one follows, if any.
    /// Must leave the connection as it is.
    virtual void on_address_failed(const core::Endpoint& address, LinkFailure why,
                                   std::string_view detail) = 0;
    /// No address is left, or the deadline has passed. May destroy the connection.
    virtual void on_failed(LinkFailure why) = 0;
    /// Connected and secured; PROXY header and greeting are sent.
    virtual void on_open() = 0;
    // Once open, as core::ConnectionEvents has them.
    virtual std::size_t on_bytes(std::string_view window) = 0;
    virtual void on_end() = 0;
    virtual void on_lost(std::string_view detail) = 0;
    virtual void on_drained() = 0;

protected:
    ~BackendConnectionEvents() = default;
};

class BackendConnection final : private core::ConnectionEvents {
public:
    /// How far it has come, and so what is waited for.
    enum class Step : std::uint8_t { resolving, connecting, starttls, tls, open };

    /// Starts at once. `access` and `events` outlive the connection.
    BackendConnection(const BackendEnvironment& access, BackendApproach approach,
                      BackendConnectionEvents& events);
    ~BackendConnection();

    bool is_open() const { return opening_ == nullptr && connection_ && connection_->is_open(); }
    Step step() const;
    // As core::Connection has them; only while open.
    bool send(std::string_view bytes) { return connection_->send(bytes); }
    void finish() { connection_->finish(); }
    void finish_with_reset() { connection_->finish_with_reset(); }
    void pause_reading() { connection_->pause_reading(); }
    void resume_reading() { connection_->resume_reading(); }
    void set_keepalive(const core::Keepalive& keepalive) { connection_->set_keepalive(keepalive); }
    core::Endpoint peer() const { return connection_->peer(); }
    std::size_t pending_output() const { return connection_->pending_output(); }
    /// From here on `events` is told. Within on_bytes, what that call leaves of the window is shown
    /// to it later.
    void hand_over(BackendConnectionEvents& events) noexcept { events_ = &events; }
    /// Gives up, open or not; no callback comes any more.
    void close();

private:
    /// What is needed only until the connection is open.
    struct Opening;

    void try_address();
    void on_connected(core::Fd fd, int error);
    void begin_tls();
    void open(std::string_view preamble);
    std::size_t on_starttls_bytes(std::string_view window);
    void give_up_address(LinkFailure why, std::string_view detail);
    void on_deadline();
    /// The next address, or none is left.
    void go_on();

    std::size_t on_bytes(std::string_view window) override;
    void on_end() override;
    void on_broken(core::Broken why, std::string_view detail) override;
    void on_drained() override;
    void on_secured() override;

    BackendConnectionEvents* events_;
    std::unique_ptr<Opening> opening_;  // null once open or closed
    std::optional<core::Connection> connection_;
};

}  // namespace proxy

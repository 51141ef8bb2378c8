#pragma once
// A backend link that is one TCP connection: candidates in order, PROXY header, TLS as the
// backend's configuration says, then the session's bytes. Owned by its session; loop thread only.
//
//   resolving -> connecting -> [starttls ->] [tls ->] open
//       \____________\____________\____________\--> the next candidate, or on_link_failed

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "balancer/router.h"
#include "core/connection.h"
#include "core/connector.h"
#include "core/timer.h"
#include "dns/address_resolver.h"
#include "proxy/backend_link.h"
#include "proxy/backend_tls.h"
#include "proxy/own_addresses.h"
#include "proxy/passive_reports.h"
#include "xmpp/starttls.h"
#include "xmpp/stream_scanner.h"

namespace proxy {

/// What all links of one worker share; outlives them.
struct LinkEnvironment {
    core::EventLoop& loop;
    balancer::Router& router;
    dns::AddressResolver& resolver;
    xmpp::ScanWorkPool& scan_work;
    PassiveReports& reports;
    core::Watermarks watermarks;
    BackendTls* tls = nullptr;                // as the configuration has it now; never null
    std::shared_ptr<const OwnAddresses> own;  // never null
};

class TcpBackendLink final : public BackendLink, private core::ConnectionEvents {
public:
    /// Starts with the first candidate. `events` outlives the link.
    TcpBackendLink(LinkEnvironment& environment, LinkRequest request, BackendLinkEvents& events);
    ~TcpBackendLink() override;

    void try_next(LinkFailure why, std::string_view detail) override;
    void settle() override;
    bool send(std::string_view bytes) override;
    void finish() override;
    bool is_open() const override { return is_open_; }
    void pause_reading() override;
    void resume_reading() override;
    std::string_view backend_name() const override;
    std::string_view pool_name() const override { return pool_->settings().name; }
    std::optional<balancer::BackendId> backend_id() const override;

private:
    /// What is needed only until the backend has answered.
    struct Opening;

    const balancer::Member& candidate() const;
    void try_candidate();
    void try_address();
    void on_connected(core::Fd fd, int error);
    void begin_tls();
    void open(std::string_view preamble);
    std::size_t on_starttls_bytes(std::string_view window);
    void give_up_address(LinkFailure why, std::string_view detail);
    void on_deadline();
    /// The next address, or the next candidate, or none is left.
    void go_on();

    std::size_t on_bytes(std::string_view window) override;
    void on_end() override;
    void on_broken(core::Broken why, std::string_view detail) override;
    void on_drained() override;
    void on_secured() override;

    LinkEnvironment& environment_;
    BackendLinkEvents& events_;
    std::unique_ptr<Opening> opening_;
    std::optional<core::Connection> connection_;
    balancer::SessionSlot slot_;
    std::shared_ptr<const balancer::BackendPool> pool_;  // keeps what member_ points to
    const balancer::Member* member_ = nullptr;           // in use; null before the link is open
    bool is_open_ = false;
};

}  // namespace proxy

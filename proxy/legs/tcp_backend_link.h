#pragma once
// A backend link that is one TCP connection: candidates in order until one is open, then the
// session's bytes. Owned by its session; loop thread only.
//
//   candidate -> [next candidate -> ...] open
//        \______________\___________________--> on_link_failed

#include <memory>
#include <optional>

#include "balancer/router.h"
#include "proxy/legs/backend_connection.h"
#include "proxy/legs/backend_link.h"
#include "proxy/legs/passive_reports.h"

namespace proxy {

/// What all links of one worker share; outlives them.
struct LinkEnvironment {
    core::EventLoop& loop;
    balancer::Router& router;
    xmpp::ScanWorkPool& scan_work;
    PassiveReports& reports;
    core::Watermarks watermarks;
    BackendTls* tls = nullptr;                       // as the configuration has it now; never null
    std::shared_ptr<const OwnAddresses> own;         // never null
    std::shared_ptr<dns::AddressResolver> resolver;  // never null
};

class TcpBackendLink final : public BackendLink, private BackendConnectionEvents {
public:
    /// Starts with the first candidate. `events` outlives the link.
    TcpBackendLink(LinkEnvironment& environment, LinkRequest request, BackendLinkEvents& events);
    ~TcpBackendLink() override;

    void try_next(LinkFailure why, std::string_view detail) override;
    void settle() override;
    bool send(std::string_view bytes) override;
    void finish() override;
    void leave(Parting how) override;
    void abandon() override;
    bool is_gone() const override { return has_ended_ || !is_open(); }
    bool is_open() const override { return connection_ && connection_->is_open(); }
    void doubt(bool is_doubted) override;
    void pause_reading() override;
    void resume_reading() override;
    std::string_view backend_name() const override;
    std::string_view pool_name() const override { return pool_->settings().name; }
    std::optional<balancer::BackendId> backend_id() const override;

private:
    /// What is needed only until a backend has answered.
    struct Opening;

    const balancer::Member& candidate() const;
    void try_candidate();
    void log_failure(const core::Endpoint& address, LinkFailure why, std::string_view detail) const;
    /// The next candidate, or none is left.
    void go_on(LinkFailure why);

    void on_address_failed(const core::Endpoint& address, LinkFailure why,
                           std::string_view detail) override;
    void on_failed(LinkFailure why) override;
    void on_open() override;
    std::size_t on_bytes(std::string_view window) override;
    void on_end() override;
    void on_lost(std::string_view detail) override;
    void on_drained() override;

    BackendLinkEvents& events_;
    std::unique_ptr<Opening> opening_;  // null once settled or finished
    std::optional<BackendConnection> connection_;
    balancer::SessionSlot slot_;
    std::shared_ptr<const balancer::BackendPool> pool_;  // keeps what member_ points to
    const balancer::Member* member_ = nullptr;           // in use; null before the link is open
    bool is_leaving_ = false;
    bool has_ended_ = false;  // the backend sends no more
};

}  // namespace proxy

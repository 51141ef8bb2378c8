#pragma once
// One worker: its loop's listeners, TLS contexts, router and sessions. Nothing mutable is shared
// with other workers but the counts on the load board. Made and destroyed on main's thread while
// the loop does not run; everything else on the loop's thread.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "balancer/router.h"
#include "conf/config.h"
#include "core/listener.h"
#include "core/result.h"
#include "core/timer.h"
#include "core/tls_context.h"
#include "dns/address_resolver.h"
#include "proxy/backend_tls.h"
#include "proxy/negotiation.h"
#include "proxy/passive_reports.h"
#include "proxy/pool_control.h"
#include "proxy/session.h"
#include "proxy/session_gauge.h"
#include "proxy/tcp_backend_link.h"

namespace proxy {

/// What all workers are made from; immutable.
struct Setup {
    std::shared_ptr<const conf::Config> config;
    std::shared_ptr<const core::CertificateStore> certificates;
    std::shared_ptr<const core::TicketKeys> ticket_keys;
    Routing routing;
    std::shared_ptr<balancer::LoadBoard> loads;
    std::shared_ptr<SessionGauge> sessions;
    PassiveReports::Send report;  // called on the workers' loops
};

/// A kind of listener as its sessions see it.
struct Frontend {
    conf::ListenKind kind;
    NegotiationSettings negotiation;
};

class Worker {
public:
    /// Fails with the file and the words of the first TLS setting that cannot be used.
    static core::Result<std::unique_ptr<Worker>, core::TlsProblem> create(core::EventLoop& loop,
                                                                          unsigned index,
                                                                          const Setup& setup);
    ~Worker();

    /// Accepts on `socket` from now on.
    void listen(core::Fd socket, conf::ListenKind kind);
    /// Stops accepting and tells every session; `on_empty` comes when the last one is gone, or
    /// after the time that sessions have for their goodbyes.
    void shut_down(std::function<void()> on_empty);
    void set_ticket_keys(std::shared_ptr<const core::TicketKeys> keys);

    // For sessions.
    core::EventLoop& loop() { return loop_; }
    unsigned index() const { return index_; }
    const conf::Config& config() const { return *config_; }
    const xmpp::ScanLimits& limits_after_login() const { return limits_after_login_; }
    const core::Watermarks& watermarks() const { return links_.watermarks; }
    xmpp::ScanWorkPool& scan_work() { return scan_work_; }
    balancer::Router& router() { return router_; }
    const FeaturesProfiles& profiles() const { return *routing_.profiles; }
    /// A login has got through at this backend.
    void note_login(balancer::BackendId backend);
    core::Ssl new_tls_session(const Frontend& frontend, std::string_view fallback_domain);
    std::unique_ptr<BackendLink> open_link(LinkRequest request, BackendLinkEvents& events);
    /// The session is finished: it is destroyed when its callback has returned.
    void release(Session& session);

private:
    Worker(core::EventLoop& loop, unsigned index, const Setup& setup,
           std::unique_ptr<core::TlsServerContext> starttls,
           std::unique_ptr<core::TlsServerContext> direct_tls,
           std::unique_ptr<BackendTls> backend_tls);

    void accept(const Frontend& frontend, core::Fd client, const core::Endpoint& peer);
    /// [limits] sessions is reached: says so where that is possible before TLS, and closes.
    void refuse(const Frontend& frontend, const core::Fd& client, const core::Endpoint& peer) const;
    Frontend make_frontend(conf::ListenKind kind) const;

    core::EventLoop& loop_;
    unsigned index_;
    std::shared_ptr<const conf::Config> config_;
    Routing routing_;
    std::shared_ptr<SessionGauge> gauge_;
    xmpp::ScanLimits limits_after_login_;
    xmpp::ScanWorkPool scan_work_;
    balancer::Router router_;
    dns::AddressResolver resolver_;
    PassiveReports reports_;
    std::unique_ptr<BackendTls> backend_tls_;
    LinkEnvironment links_;
    std::unique_ptr<core::TlsServerContext> starttls_;    // no ALPN: the stream has said what it is
    std::unique_ptr<core::TlsServerContext> direct_tls_;  // ALPN xmpp-client (XEP-0368)
    Frontend c2s_;
    Frontend c2s_tls_;
    std::vector<std::unique_ptr<core::Listener>> listeners_;
    std::vector<std::unique_ptr<Session>> sessions_;
    std::uint32_t next_number_ = 0;
    std::function<void()> on_empty_;
    core::Timer last_call_;
};

}  // namespace proxy

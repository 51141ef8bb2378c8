#pragma once
// One worker: its loop's listeners, TLS contexts, router and sessions. Nothing mutable is shared
// with other workers but the counts and turns on the load board. Made and destroyed on main's
// thread while the loop does not run; everything else on the loop's thread.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "balancer/router.h"
#include "conf/config.h"
#include "core/address_block.h"
#include "core/endpoint.h"
#include "core/event_loop.h"
#include "core/handle.h"
#include "core/listener.h"
#include "core/ticket_keys.h"
#include "core/timer.h"
#include "proxy/legs/address_limits.h"
#include "proxy/legs/passive_reports.h"
#include "proxy/legs/proxied_accept.h"
#include "proxy/legs/tcp_backend_link.h"
#include "proxy/legs/tcp_client_leg.h"
#include "proxy/pools/eviction.h"
#include "proxy/pools/login_counts.h"
#include "proxy/pools/routing.h"
#include "proxy/resumption/remembered_users.h"
#include "proxy/resumption/resumption.h"
#include "proxy/session/session.h"
#include "proxy/session/session_facts.h"
#include "proxy/session/session_gauge.h"
#include "proxy/session/session_host.h"
#include "proxy/session/slowed_counts.h"
#include "proxy/web/forwarding.h"
#include "proxy/web/web_front.h"
#include "proxy/worker/door.h"
#include "proxy/worker/entrance.h"
#include "proxy/worker/login_waits.h"
#include "proxy/worker/loop_lag.h"
#include "proxy/worker/worker_counts.h"
#include "proxy/worker/worker_settings.h"

namespace proxy {

/// What all workers share from start to end.
struct SharedByWorkers {
    std::shared_ptr<balancer::LoadBoard> loads;
    std::shared_ptr<SessionGauge> sessions;
    Resumption resumption;
    std::shared_ptr<RememberedUsers> remembered_users;
    std::shared_ptr<WebProcess> web;
    std::shared_ptr<Refusals> refusals;
    std::shared_ptr<AddressLimits> addresses = std::make_shared<AddressLimits>();
    std::shared_ptr<SlowedCounts> slowed = std::make_shared<SlowedCounts>();
    std::shared_ptr<LoginCounts> logins = std::make_shared<LoginCounts>();
    PassiveReports::Send report;  // called on the workers' loops
    std::shared_ptr<HedgeCounts> hedges = std::make_shared<HedgeCounts>();
    std::shared_ptr<AllWorkerCounts> counts = std::make_shared<AllWorkerCounts>(1);
};

class Worker final : private SessionHost, private WebHost, private EntranceHost {
public:
    Worker(core::EventLoop& loop, unsigned index, const SharedByWorkers& shared,
           WorkerSettings settings);
    ~Worker();

    /// A reload: from now on these settings count, also for sessions that are there as far as they
    /// concern them (limits). Listeners that are in both go on listening.
    void apply(WorkerSettings settings);
    void listen(WorkerSettings::Listening what);
    /// Backends have changed their states, or their number.
    void route_by(Routing routing);
    /// Stops accepting and tells every session; `on_empty` comes when the last one is gone, or
    /// after the time that sessions have for their goodbyes.
    void shut_down(std::function<void()> on_empty);
    void set_ticket_keys(std::shared_ptr<const core::TicketKeys> keys);
    void set_resumption_tags(ResumptionTagsPtr tags) { resumption_.tags = std::move(tags); }

    // For the operator.
    /// At most `most` of the sessions that match, and how many do.
    FoundSessions find_sessions(const SessionFilter& filter, std::size_t most) const;
    /// Ends the sessions that match; says how many.
    std::uint64_t kick(const SessionFilter& filter);
    /// Sends the sessions of a backend away, spread evenly over a time; those that can resume are
    /// cut if they can do so at other backends.
    void evict(balancer::BackendId backend, std::chrono::milliseconds over, bool resume_anywhere);
    void end_eviction(balancer::BackendId backend) { evictions_.erase(backend); }

    // For the process that takes our place.
    struct ListeningAt {
        core::Endpoint address;
        core::Fd socket;
    };
    /// The sockets that are listened on, once more.
    std::vector<ListeningAt> listening() const;
    /// Accepts what the kernel holds and no more; who waits to be let in still is.
    void stop_listening();
    /// From now on sessions leave, spread evenly over a time: those that can resume, with a cut, or
    /// all.
    enum class Leaving : bool { resumable, all };
    void send_away(Leaving who, std::chrono::milliseconds over);
    /// What is left to wait for.
    struct Left {
        std::uint32_t sessions = 0;
        std::uint32_t resumable = 0;
        bool is_web_busy = false;
    };
    Left left() const;

    unsigned index() const { return index_; }

private:
    /// An address that is listened on. It does not move: the listener's callback looks at it.
    struct OpenListener {
        core::Endpoint address;
        const Door* door;                    // of a kind that is one TCP stream, else null
        std::shared_ptr<const WebDoor> web;  // of a web kind, else null
        std::vector<core::AddressBlock> accept_proxy;
        core::Count* accepted = nullptr;
        std::unique_ptr<core::Listener> listener;
    };

    // The host of its sessions.
    core::TimePoint now() const override { return core::Clock::now(); }
    std::unique_ptr<Deadline> make_deadline(std::function<void()> on_passed) override;
    const conf::Limits& limits() const override { return config_->limits; }
    const RelayLimits& relay_limits() const override { return *relay_limits_.back(); }
    xmpp::ScanWorkPool& scan_work() override { return scan_work_; }
    SessionCounts& session_counts() override { return counts_.sessions; }
    const Resumption& resumption() const override { return resumption_; }
    RememberedUsers& remembered_users() override { return *remembered_users_; }
    std::chrono::milliseconds remembers_for() const override {
        return config_->resumption.remember;
    }
    std::string name_of(std::uint32_t number) const override;
    core::Result<balancer::Candidates, balancer::RouteFailure> route(
        const balancer::RoutingKey& key) override;
    std::unique_ptr<BackendLink> open_link(LinkRequest request, BackendLinkEvents& events) override;
    std::optional<Refused> refuse_login(const Session& session) override;
    std::optional<Refused> count_login(Session& session) override;
    LoginTurn ask_for_login(Session& who, const balancer::Member& at, balancer::LoginKind kind,
                            std::chrono::milliseconds most) override;
    void leave_line(Session& who) override { login_waits_.leave(who); }
    void give_back_login(balancer::BackendId at, balancer::LoginKind kind) override;
    void note_slowed(const SessionIdentity& session) override;
    void note_pause(std::string_view pool, std::chrono::milliseconds time) override {
        slowed_->note_pause(pool, time);
    }
    void note_routed(const SessionIdentity& session, const ClientFacts& client,
                     RoutedBy by) override;
    void note_login(balancer::BackendId backend, std::string_view pool) override;
    void note_failed_logins(const SessionIdentity& session, const FailedLogins& failed) override;
    void note_end(const SessionIdentity& session, const SessionTotals& totals, EndReason reason,
                  std::string_view detail) override;
    void release(Session& session) override;

    void close_listeners_but(const std::vector<conf::Listen>& kept);
    void set_limits();
    void set_relay_limits(const RelayLimits& limits);
    void note_health();
    void tell_who_waits();
    void set_login_clock();
    std::vector<Session*> sessions_at(balancer::BackendId backend) const;
    void go_on_evicting();
    void go_on_sending_away();
    std::vector<Session*> sessions_leaving(Leaving who) const;
    void accept(const OpenListener& open, core::Fd client, const core::Endpoint& peer);
    /// Of a proxy: the client is who its PROXY header names.
    void accept_proxied(const OpenListener& open, core::Fd client, const core::Endpoint& proxy);
    /// [limits.address]: the connection counts at its client's address. False: it is refused.
    bool enter_address(Caller& caller);
    void recount_addresses();
    /// To the entrance, if there is a place.
    void let_come(Caller caller);
    // The host of its entrance.
    void begin_caller(Caller caller, std::chrono::milliseconds waited) override;
    void leave_place(const Caller& caller) override;
    // The host of its web front.
    std::uint32_t session_limit() const override { return gauge_->limit(); }
    void note_refused(Refused why, const core::Endpoint& client) override;
    std::optional<Refused> take_place(const core::Endpoint& client, AddressPlace& place,
                                      WebClientComes how, bool is_limited) override;
    void begin_session(WebSessionKind kind, std::unique_ptr<ClientLeg> client,
                       AddressPlace place) override;
    std::shared_ptr<const balancer::BackendPool> pool_named(std::string_view name) const;
    void begin_session(const Frontend& frontend, std::unique_ptr<ClientLeg> client,
                       AddressPlace place, std::chrono::milliseconds waited = {});
    /// For one more session; at [limits] sessions, one who waits at the entrance may lose his.
    bool find_place();
    /// Says so where that is possible before TLS, and closes.
    void refuse(const Caller& caller, Refused why);
    Frontend frontend(std::string_view kind, LegBegins begins);
    std::unique_ptr<Door> make_door(conf::ListenKind kind);
    void set_up(OpenListener& open, const conf::Listen& settings);

    core::EventLoop& loop_;
    unsigned index_;
    std::shared_ptr<AllWorkerCounts> all_counts_;
    WorkerCounts& counts_;
    LoopLag lag_;
    std::shared_ptr<const conf::Config> config_;
    Routing routing_;
    std::shared_ptr<SessionGauge> gauge_;
    std::shared_ptr<Refusals> refusals_;
    std::shared_ptr<AddressLimits> addresses_;
    std::shared_ptr<SlowedCounts> slowed_;
    std::shared_ptr<LoginCounts> logins_;
    Resumption resumption_;
    std::shared_ptr<RememberedUsers> remembered_users_;
    /// The last ones count. The others stay: an element under way keeps those it began with.
    std::vector<std::unique_ptr<const RelayLimits>> relay_limits_;
    xmpp::ScanWorkPool scan_work_;
    std::shared_ptr<balancer::LoadBoard> loads_;
    balancer::Router router_;
    LoginWaits login_waits_;
    core::Timer login_clock_;  // runs while somebody waits
    PassiveReports reports_;
    WorkerTls tls_;
    LinkEnvironment links_;
    std::map<conf::ListenKind, std::unique_ptr<Door>> doors_;
    std::map<WebSessionKind, const Frontend> web_frontends_;
    Forwarding forwarding_;
    WebFront web_;  // sessions may have legs of its making
    std::vector<std::unique_ptr<OpenListener>> listeners_;
    ProxiedAccepts proxied_;
    Entrance entrance_;
    std::vector<std::unique_ptr<Session>> sessions_;
    std::uint32_t next_number_ = 0;
    std::map<balancer::BackendId, balancer::Health> health_;  // as of the last routing
    struct Emptying {
        Eviction pace;
        bool resume_anywhere;
    };
    std::map<balancer::BackendId, Emptying> evictions_;
    struct Departure {
        Leaving who;
        Eviction pace;
    };
    std::optional<Departure> departure_;
    core::Timer eviction_step_;
    std::function<void()> on_empty_;
    core::Timer last_call_;
    core::TimePoint last_call_by_;
};

}  // namespace proxy

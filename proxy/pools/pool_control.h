#pragma once
// Keeps the routing of the process up to date: the configuration, what DNS discovers, what health
// checks and sessions tell, what the operator says. Every change makes a new immutable snapshot and
// publishes it to the workers. The only maker of such changes; control loop's thread (main's) only.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "balancer/backend_ids.h"
#include "balancer/health.h"
#include "balancer/live_change.h"
#include "balancer/load_board.h"
#include "balancer/member_state.h"
#include "balancer/routing_table.h"
#include "conf/config.h"
#include "core/certificate_store.h"
#include "core/event_loop.h"
#include "core/result.h"
#include "core/timer.h"
#include "proxy/checks/prober.h"
#include "proxy/legs/backend_tls.h"
#include "proxy/legs/own_addresses.h"
#include "proxy/legs/passive_reports.h"
#include "proxy/offers/features_profiles.h"
#include "proxy/pools/before_change.h"
#include "proxy/pools/drain_watch.h"
#include "proxy/pools/health_watch.h"
#include "proxy/pools/live_state.h"
#include "proxy/pools/login_news.h"
#include "proxy/pools/pool_status.h"
#include "proxy/pools/routing.h"
#include "proxy/pools/service_watch.h"

namespace proxy {

class PoolControl {
public:
    using Publish = std::function<void(const Routing&)>;
    /// proxy/checks/prober's start_probe; tests bring their own.
    using StartProbe = std::function<std::unique_ptr<Probe>(
        const ProbeEnvironment&, ProbeRequest, std::function<void(const ProbeResult&)> on_done)>;

    /// `publish` hands a snapshot to the workers; called from the loop and from within adopt() and
    /// the operator's changes. `loads` must outlive this.
    PoolControl(core::EventLoop& loop, balancer::LoadBoard& loads, Publish publish,
                StartProbe start_probe = proxy::start_probe, dns::Now dns_now = core::Clock::now);
    PoolControl(const PoolControl&) = delete;
    PoolControl& operator=(const PoolControl&) = delete;

    /// Everything that a configuration needs before it can be adopted; nothing has changed when
    /// this fails, or when the plan is dropped. The error is one sentence for the operator.
    struct Plan {
        std::shared_ptr<const conf::Config> config;
        std::shared_ptr<const balancer::RoutingTable> table;
        std::shared_ptr<const core::CertificateStore> certificates;
        std::unique_ptr<BackendTls> tls;
        std::unique_ptr<Resolvers> resolvers;  // null: those in use stay
    };
    /// `certificates`: what clients are shown, for backends that have to show the same; null: no
    /// check compares.
    core::Result<Plan, std::string> plan(
        std::shared_ptr<const conf::Config> config,
        std::shared_ptr<const core::CertificateStore> certificates = nullptr);
    /// From now on this configuration counts: discoveries and checks of what is new begin, those of
    /// what is gone end, backends that stay keep state, health and counters. Publishes.
    void adopt(Plan plan);
    /// Calls `on_ready` once every `srv` name has been answered or has failed, or after `patience`;
    /// from the loop. So a start does not refuse the logins of its first moments.
    void when_discovered(std::chrono::milliseconds patience, std::function<void()> on_ready);

    const Routing& routing() const noexcept { return routing_; }

    // The operator's word; errors name what is unknown and the near names.

    core::Result<BeforeChange, std::string> set_weight(std::string_view pool,
                                                       std::string_view backend,
                                                       std::uint64_t weight);
    core::Result<BeforeChange, std::string> set_admin_state(std::string_view pool,
                                                            std::string_view backend,
                                                            balancer::AdminState state);

    /// What the operator has set and the configuration does not say. It counts until the
    /// configuration's own weight changes; states until the operator says otherwise.
    std::vector<LiveMember> live() const;
    /// The same of a former process, set again as soon as the members are there, unless the
    /// configuration's weight is another one by now. A member that is gone is passed over. The log
    /// names each. Before adopt().
    void restore(std::vector<LiveMember> members) { restored_ = std::move(members); }

    /// What sessions of all workers met (proxy/legs/passive_reports).
    void on_passive(const std::vector<PassiveReport>& reports);

    std::vector<PoolStatus> status() const;
    /// Logs what workers only count. To be called every second.
    void tell_news(core::TimePoint now);

private:
    using Pool = std::shared_ptr<const balancer::BackendPool>;

    // Of a pool that is there.
    const conf::Pool& settings_of(const std::string& pool) const;
    const Pool& pool_named(std::string_view name) const;
    /// Of one that an operator has named.
    core::Result<Pool, std::string> find_pool(std::string_view name) const;
    core::Result<BeforeChange, std::string> change(Pool pool, std::string_view backend,
                                                   const balancer::Changed& changed,
                                                   const std::string& cause);
    bool renew_members(const conf::Pool& settings);
    void tell_members(const balancer::BackendPool& before, const balancer::BackendPool& after);
    void on_service(const std::string& service);
    void on_health(const std::set<std::string>& pools);
    bool take_health(const std::string& pool);
    void apply_restored();
    bool is_applied(const LiveMember& member);
    void renew_profiles();
    void replace(Pool pool);
    void publish() { publish_(routing_); }
    PoolStatus status_of(const balancer::BackendPool& pool) const;

    core::EventLoop& loop_;
    balancer::LoadBoard& loads_;
    Publish publish_;
    StartProbe start_probe_;
    dns::Now dns_now_;  // the time by which answers of DNS age
    Routing routing_;
    balancer::BackendIds ids_;
    std::shared_ptr<const conf::Config> config_;  // null until one is adopted
    std::shared_ptr<const core::CertificateStore> certificates_;
    std::unique_ptr<BackendTls> tls_;
    std::unique_ptr<Resolvers> resolvers_;
    std::optional<ProbeEnvironment> environment_;
    // Behind what their questions and checks use.
    ServiceWatch services_;
    HealthWatch health_;
    DrainWatch drains_;
    LoginNews login_news_;
    std::vector<LiveMember> restored_;    // until their members are there
    std::uint64_t profiles_version_ = 0;  // of those published
    core::Timer profiles_clock_;          // gathers those that are learnt at about the same time
};

}  // namespace proxy

#pragma once
// Checks every backend of the routing table and keeps a health machine and the offers of each
// (balancer/health.h, proxy/offers/pool_offers.h). One timer for all; one check at a time per
// backend. It changes no table: its owner asks for the reports when it says that there are news.
// Control loop's thread only.

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "balancer/health.h"
#include "balancer/live_change.h"
#include "balancer/routing_table.h"
#include "conf/config.h"
#include "core/event_loop.h"
#include "core/timer.h"
#include "proxy/checks/check_targets.h"
#include "proxy/checks/pool_strangers.h"
#include "proxy/checks/prober.h"
#include "proxy/checks/settings_advice.h"
#include "proxy/checks/told_once.h"
#include "proxy/legs/passive_reports.h"
#include "proxy/offers/features_profiles.h"
#include "proxy/offers/pool_offers.h"
#include "proxy/pools/health_change.h"
#include "proxy/pools/pool_status.h"

namespace proxy {

/// The health of one backend as an operator sees it.
struct BackendHealth {
    balancer::HealthMachine::State state{};
    std::chrono::milliseconds last_check{0};  // how long the last passed one took; 0: none has
    core::TimePoint since;                    // of the last change of health or admin state
    std::string cause;                        // of that change; empty: none yet
    std::string failure;                      // why it is down or ejected; empty: it is not
    std::string warning;                      // it is up, but some logins fail; empty: none known
};

class HealthWatch {
public:
    /// As proxy/checks/prober's start_probe, in the owner's environment.
    using StartCheck = SettingsTrial::StartCheck;
    struct Events {
        std::function<void(const HealthChange&)> on_transition;
        /// Health, ramps or shown features of these pools may be others now; once for each event,
        /// last. Must not call watch().
        std::function<void(const std::set<std::string>& pools)> on_news;
    };

    HealthWatch(core::EventLoop& loop, StartCheck start_check, Events events, std::uint64_t seed);

    /// Looks after the members of this table and no others, by the settings of `config`. What is
    /// known of those that stay, stays.
    void watch(const conf::Config& config, const balancer::RoutingTable& table);
    /// Ends all checks under way; those backends are checked at once by the next watch().
    void give_up_checks();

    void on_passive(const std::vector<PassiveReport>& reports);
    /// The operator has changed admin states or weights: others are wanted now.
    void note_states(const balancer::BackendPool& pool);
    /// The time and the words of a backend's last change, when it was not one of health.
    void note_cause(balancer::BackendId id, std::string cause);

    std::vector<balancer::HealthReport> reports(const balancer::BackendPool& pool) const;
    FeaturesProfiles::ByDomain profiles() const;
    /// Grows with every change of profiles() between two calls of watch().
    std::uint64_t profiles_version() const;
    /// All zero when the backend is not watched.
    BackendHealth health_of(balancer::BackendId id) const;
    /// All zero when the pool is not watched.
    TransitionCounts transitions_of(const std::string& pool) const;

private:
    struct Pool {
        CheckTargets targets;
        conf::RouteBy route{};
        conf::Health health;
        std::chrono::milliseconds connect_timeout{0};
        std::chrono::milliseconds answer_timeout{0};
        PoolOffers offers;
        xmpp::HeldBindings bindings{};  // that hold at all of its backends
        PoolStrangers strangers;
        std::string account;         // to compare strangers by; empty: none
        std::string strangers_told;  // as logged last
        std::string incomparable_told;
        std::set<std::string> asked;  // domains that checks under way ask for
        std::string warned;           // why nothing is shown, as logged last
        TransitionCounts transitions{};
    };
    struct Watched {
        Watched(const conf::Health& health, std::uint64_t seed, core::TimePoint now)
            : machine(health, seed, now), since(now) {}
        std::string pool;
        conf::Backend backend;
        balancer::HealthMachine machine;
        std::unique_ptr<Probe> check;
        CheckTarget target;                        // of the check under way
        bool asks_both = false;                    // the same
        std::size_t turn = 0;                      // in the rotation of domains
        std::uint32_t ramp = balancer::kFullRamp;  // as told last
        std::chrono::milliseconds last_check{0};
        core::TimePoint since;
        std::string cause;
        std::string failure;
        std::string warned;        // the difference of its offer that was logged last
        std::string user_refusal;  // that was logged last
        ToldOnce bindings;         // that cannot hold, by domain and form of header
    };
    using Id = balancer::BackendId;
    using Transition = std::optional<balancer::HealthMachine::Transition>;

    void set_up_pool(const conf::Config& config, const conf::Pool& settings,
                     const balancer::BackendPool& members);
    void set_up_member(const conf::Pool& settings, const balancer::Member& member,
                       std::size_t place, core::TimePoint now);
    void keep_only(const std::set<Id>& members, const std::set<std::string>& pools);
    void start_check(Id id, CheckTarget target);
    /// The check of `watched.target`.
    ProbeRequest request_for(Id id, const Watched& watched, const Pool& pool) const;
    /// Localpart of the account to ask for in this check; empty: none.
    static std::string account_for(Id id, const Watched& watched, const Pool& pool);
    static void note_strangers(Id id, const Watched& watched, Pool& pool,
                               const ProbeResult& result);
    void take(Id id, const ProbeResult& result);
    bool has_changed_for_users(Id id, const Watched& watched, Pool& pool,
                               const ProbeResult& result) const;
    static void note_offers(Id id, Watched& watched, Pool& pool, const ProbeResult& result);
    std::optional<std::string> offer_problem(Id id, Watched& watched, Pool& pool) const;
    static void note_bindings(Watched& watched, const ProbeResult& result);
    bool is_rest_known(Id id, const Watched& watched) const;
    void check_what_is_missing(Id id, const Watched& watched, const Pool& pool);
    void tell(Id id, Watched& watched, const Transition& change, std::string_view detail,
              std::optional<Symptom> symptom = {});
    /// Checks show whether the settings of a backend are right; others are tried where they are
    /// not.
    void note_settings(Id id, const Watched& watched, const ProbeResult& result);
    void on_time();
    void set_clock();

    core::EventLoop& loop_;
    StartCheck start_check_;
    SettingsAdvice advice_;
    Events events_;
    balancer::Random seeds_;
    std::uint64_t max_bytes_ = 0;
    std::map<std::string, Pool> pools_;
    std::map<Id, Watched> watched_;
    core::Timer clock_;
};

}  // namespace proxy

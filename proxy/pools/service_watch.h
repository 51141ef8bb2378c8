#pragma once
// What DNS says of every `srv` name in use, kept up to date, with one log line when a name cannot
// be looked up any more and one when it can again. Control loop's thread only.

#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "balancer/srv_members.h"
#include "core/event_loop.h"
#include "core/timer.h"
#include "dns/address_resolver.h"
#include "dns/discovery.h"
#include "dns/srv_resolver.h"

namespace proxy {

/// Those of the control loop.
struct Resolvers {
    /// Throws std::runtime_error as its parts do.
    Resolvers(core::EventLoop& loop, const dns::Servers& servers, const dns::Now& now,
              std::shared_ptr<dns::KnownAddresses> known)
        : addresses(loop, servers, now, std::move(known)), services(loop, servers, now) {}
    dns::AddressResolver addresses;
    dns::SrvResolver services;
};

class ServiceWatch {
public:
    /// The records of this service are others than before; from the loop. Must not call watch() or
    /// end_discoveries().
    using OnChange = std::function<void(const std::string& service)>;

    ServiceWatch(core::EventLoop& loop, OnChange on_change);

    /// Looks after these names and no others; what is known of those that stay, stays. `resolver`
    /// must live until end_discoveries().
    void watch(dns::SrvResolver& resolver, const std::set<std::string>& names);
    /// Asks nothing any more and remembers what is known, until the next watch().
    void end_discoveries();

    /// Calls `on_ready` once every name has been answered or has failed, or after `patience`; from
    /// the loop.
    void when_answered(std::chrono::milliseconds patience, std::function<void()> on_ready);

    const balancer::KnownServices& known() const noexcept { return known_; }
    /// Why the last question failed, in a word; empty: it did not.
    std::string problem_of(const std::string& service) const;

private:
    struct Service {
        std::unique_ptr<dns::Discovery> discovery;
        bool is_answered = false;             // or has failed
        std::optional<dns::Problem> problem;  // of the last question
        bool is_problem_told = false;
        bool is_emptiness_told = false;
    };
    struct Waiting {
        std::unique_ptr<core::Timer> timer;
        std::function<void()> on_ready;
    };

    void take(const std::string& name, const dns::Discovered& found);
    void tell_problem(const std::string& name, Service& service);
    static void tell_emptiness(const std::string& name, Service& service,
                               const dns::Discovered& found);
    bool is_all_answered() const;
    void release_waiting();

    core::EventLoop& loop_;
    OnChange on_change_;
    std::map<std::string, Service> services_;
    balancer::KnownServices known_;
    std::list<Waiting> waiting_;
};

}  // namespace proxy

#pragma once
// Keeps what DNS says about one service up to date: asks again whenever an answer has aged, and
// tells when something has changed. Joins "_xmpps-" to "_xmpp-" (XEP-0368). Loop thread only.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/event_loop.h"
#include "core/timer.h"
#include "dns/problem.h"
#include "dns/srv.h"
#include "dns/srv_resolver.h"

namespace dns {

/// How often the cache of the resolver is looked at; DNS itself is asked as TTLs have it.
inline constexpr std::chrono::milliseconds kDiscoveryTick{1000};

/// What is believed of a service.
struct Discovered {
    SrvSet set;
    /// Why the last question failed, none when it did not. What was known before a failure is
    /// still in the set.
    std::optional<Problem> problem;

    friend bool operator==(const Discovered&, const Discovered&) = default;
};

class Discovery {
public:
    /// First when all questions have been answered or have failed, then whenever set or problem
    /// differ from the last call. Comes from the loop; must not destroy the Discovery.
    using OnChange = std::function<void(const Discovered&)>;

    /// `name` such as "_xmpp-client._tcp.example.org"; one that begins with "_xmpp-" is asked for
    /// with "_xmpps-" too. The resolver must live longer.
    Discovery(core::EventLoop& loop, SrvResolver& resolver, const std::string& name,
              OnChange on_change, std::chrono::milliseconds tick = kDiscoveryTick);
    Discovery(const Discovery&) = delete;
    Discovery& operator=(const Discovery&) = delete;

private:
    /// One of the names, and what was last told of it.
    struct Part {
        std::string name;
        bool is_direct_tls = false;
        std::unique_ptr<SrvResolver::Query> query;  // while it is asked
        bool is_told = false;
        SrvSet set;
        std::optional<Problem> problem;
    };

    void add(std::string name, bool is_direct_tls);
    void ask_all();
    void take(std::size_t at, const Known<SrvSet>& known);
    Discovered joined() const;

    SrvResolver& resolver_;
    OnChange on_change_;
    std::chrono::milliseconds tick_;
    std::vector<Part> parts_;  // fixed after construction
    Discovered told_;
    bool has_told_ = false;
    core::Timer next_;
};

}  // namespace dns

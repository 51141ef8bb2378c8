#pragma once
// The pools as an operator sees them. Plain values, made on the control loop; any thread.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "balancer/health.h"
#include "balancer/member_state.h"
#include "conf/config.h"
#include "core/event_loop.h"
#include "proxy/pools/login_counts.h"

namespace proxy {

/// One backend as an operator sees it.
struct BackendStatus {
    std::string name;
    std::string address;  // "10.0.0.11:5222"
    std::uint32_t priority = 0;
    balancer::AdminState admin{};
    balancer::HealthMachine::State health{};
    std::uint32_t weight = 0;       // in use
    std::uint32_t file_weight = 0;  // as configured, or as DNS says
    bool is_from_dns = false;       // the backend is one of those that an `srv` stands for
    std::uint32_t ramp = balancer::kFullRamp;
    std::uint32_t sessions = 0;
    std::uint32_t max_sessions = 0;
    std::uint64_t logins = 0;                 // since the start of the process
    std::uint32_t logins_waiting = 0;         // for their turn, where there is a login rate
    std::uint64_t logins_told_back = 0;       // since the start of the process
    std::chrono::milliseconds last_check{0};  // how long it took; 0: none has passed yet
    core::TimePoint since;                    // of the last change of health or admin state
    std::string cause;                        // of that change, in words; empty: none yet
    std::string failure;                      // why it is down or ejected; empty: it is not
    std::string warning;                      // as BackendHealth has it
};

/// How often a backend of a pool has come to each state of health, since the start of the process.
using TransitionCounts = std::array<std::uint64_t, balancer::kHealthStates.size()>;

struct ServiceStatus {
    std::string name;  // of the `srv` entry
    std::size_t records = 0;
    std::string problem;  // of the last question; empty: none
};

struct PoolStatus {
    std::string name;
    conf::Balance balance{};
    bool is_panicking = false;
    std::uint32_t login_rate = 0;  // a second at each backend; 0: no limit
    /// Domains for which it is known what the backends offer, so that logins can show their user
    /// before one is chosen.
    std::vector<std::string> known_offers;
    // Because of [limits.rate], since the start of the process.
    std::uint64_t slowed_sessions = 0;
    std::chrono::milliseconds slowed_time{0};  // of all of them
    LoginTally logins{};
    TransitionCounts transitions{};
    std::vector<ServiceStatus> services;
    std::vector<BackendStatus> backends;
};

}  // namespace proxy

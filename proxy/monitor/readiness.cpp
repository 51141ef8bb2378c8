#include "proxy/monitor/readiness.h"

#include <fmt/format.h>

#include <algorithm>

namespace proxy {

namespace {

bool takes_sessions(const BackendStatus& backend) {
    using enum balancer::HealthMachine::State;
    const bool is_healthy = backend.health == up || backend.health == unknown;
    const bool has_room = backend.max_sessions == 0 || backend.sessions < backend.max_sessions;
    return is_healthy && has_room && backend.admin == balancer::AdminState::ready &&
           backend.weight > 0;
}

}  // namespace

std::string why_not_ready(const Monitored& what) {
    if (what.is_stopping) return "the process is stopping\n";
    std::string why;
    for (const PoolStatus& pool : what.status.pools) {
        if (std::any_of(pool.backends.begin(), pool.backends.end(), takes_sessions)) continue;
        why += fmt::format("no backend of pool {} takes sessions\n", pool.name);
        for (const BackendStatus& backend : pool.backends)
            why += fmt::format("  {}: {}\n", backend.name, state_words(backend, what.now));
    }
    return why;
}

}  // namespace proxy

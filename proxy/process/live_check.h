#pragma once
// `stanzagate check --live`: what only a look at the servers themselves can tell. It does what the
// control loop of a running process does, for a moment: finds backends in DNS, checks each on the
// way of real sessions (PROXY header, TLS, stream, features), tries likely settings where they
// fail, compares the members of a pool. Main thread only, where no other one is; it takes the log's
// lines.

#include <functional>
#include <string_view>
#include <vector>

#include "conf/config.h"
#include "conf/problem.h"
#include "proxy/pools/pool_status.h"

namespace proxy {

struct LiveLook {
    /// An error is what keeps clients out: a backend that serves nobody, a service without
    /// backends, strangers in a pool.
    std::vector<conf::Problem> problems;
    std::vector<PoolStatus> pools;  // as they were at the end
};

/// At the servers of a configuration without errors. `on_wait` is called about once a second with
/// what is waited for. Takes 20 s at most.
LiveLook look_live(const conf::Config& config,
                   const std::function<void(std::string_view)>& on_wait);

}  // namespace proxy

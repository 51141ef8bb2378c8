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

namespace proxy {

/// Of a configuration without errors. An error is what keeps clients out: a backend that serves
/// nobody, a service without backends, strangers in a pool. `on_wait` is called about once a second
/// with what is waited for. Takes half a minute at most.
std::vector<conf::Problem> live_check(const conf::Config& config,
                                      const std::function<void(std::string_view)>& on_wait);

}  // namespace proxy

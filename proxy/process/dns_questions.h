#pragma once
// Asks DNS what is published for domains. It has a loop of its own; main thread only, where no
// other one is.

#include <string>
#include <vector>

#include "conf/config.h"
#include "proxy/advice/dns_records.h"

namespace proxy {

/// Services of `domains`, then addresses of their targets and of `host` (unless that is empty),
/// from the [dns] servers of the configuration. Takes five seconds at most; what has not been
/// answered until then is missing. Throws std::runtime_error when the system's configuration or a
/// server cannot be read.
Published ask_dns(const conf::Config& config, const std::vector<std::string>& domains,
                  const std::string& host);

}  // namespace proxy

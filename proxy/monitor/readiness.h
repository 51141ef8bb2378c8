#pragma once
// Whether new clients should be sent here, for balancers and orchestrators that ask. Pure.

#include <string>

#include "proxy/monitor/monitored.h"

namespace proxy {

/// Empty: ready. Else why not, one line for each reason: the process stops, or no backend of a pool
/// takes new sessions. A backend that nobody has checked yet counts as one that does, as it does
/// for logins.
std::string why_not_ready(const Monitored& what);

}  // namespace proxy

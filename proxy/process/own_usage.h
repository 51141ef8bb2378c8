#pragma once
// What monitoring wants to know of the process and its certificates. Any thread.

#include <vector>

#include "core/certificate_store.h"
#include "proxy/monitor/monitored.h"

namespace proxy {

/// As the system has it now; what it does not tell is 0.
ProcessUsage own_usage();

/// In the order of the domains' names.
std::vector<CertificateExpiry> certificate_expiries(const core::CertificateStore& certificates);

}  // namespace proxy

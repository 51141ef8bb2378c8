#pragma once
// What monitoring wants to know of the process and its certificates. Any thread.

#include <cstdint>
#include <vector>

#include "core/certificate_store.h"
#include "proxy/monitor/monitored.h"

namespace proxy {

/// As the system has it now; what it does not tell is 0.
ProcessUsage own_usage();

/// Open descriptors, without a list of them: making one takes the system 2 us for each.
std::uint64_t count_descriptors();
/// The same where an older system (Linux 6.1) does not know their number: asks for each.
std::uint64_t count_descriptors_by_asking();

/// In the order of the domains' names.
std::vector<CertificateExpiry> certificate_expiries(const core::CertificateStore& certificates);

}  // namespace proxy

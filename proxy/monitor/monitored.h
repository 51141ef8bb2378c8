#pragma once
// What the pages for monitoring are made of: values, taken at one moment. Any thread.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "proxy/admin/target.h"
#include "proxy/admin/views.h"

namespace proxy {

struct CertificateExpiry {
    std::string domain;
    std::chrono::system_clock::time_point not_after;
};

/// Of our own process, as the system counts.
struct ProcessUsage {
    double cpu_seconds = 0;
    std::uint64_t resident_bytes = 0;
    std::uint64_t virtual_bytes = 0;
    std::uint64_t open_descriptors = 0;
    std::uint64_t most_descriptors = 0;
};

struct Monitored {
    ServerStatus status;
    ViewTime now;
    std::vector<CertificateExpiry> certificates;
    ProcessUsage process;
    bool is_stopping = false;
};

}  // namespace proxy

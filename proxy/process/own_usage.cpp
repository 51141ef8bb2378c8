#include "proxy/process/own_usage.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <string>

#include "core/certificate_changes.h"

namespace proxy {

namespace {

double seconds_of(const timeval& time) {
    constexpr double kMicros = 1e6;
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / kMicros;
}

/// How many descriptor numbers the system has room for, which are all that can be in use.
int descriptor_numbers() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (int room = 0; std::sscanf(line.c_str(), "FDSize: %d", &room) == 1) return room;
    return 0;
}

}  // namespace

std::uint64_t count_descriptors_by_asking() {
    std::array<pollfd, 256> asked{};  // no more than even a small limit allows
    std::uint64_t open = 0;
    const int end = descriptor_numbers();
    for (int first = 0; first < end;) {
        const auto count = std::min(asked.size(), static_cast<std::size_t>(end - first));
        for (std::size_t i = 0; i < count; ++i)
            asked[i] = {.fd = first++, .events = 0, .revents = 0};
        if (::poll(asked.data(), count, 0) < 0) return 0;
        open += static_cast<std::uint64_t>(
            std::count_if(asked.begin(), asked.begin() + static_cast<std::ptrdiff_t>(count),
                          [](const pollfd& each) { return (each.revents & POLLNVAL) == 0; }));
    }
    return open;
}

std::uint64_t count_descriptors() {
    // Since Linux 6.2 that is their number.
    struct stat folder {};
    if (::stat("/proc/self/fd", &folder) == 0 && folder.st_size > 0)
        return static_cast<std::uint64_t>(folder.st_size);
    return count_descriptors_by_asking();
}

ProcessUsage own_usage() {
    ProcessUsage usage;
    rusage used{};
    if (::getrusage(RUSAGE_SELF, &used) == 0)
        usage.cpu_seconds = seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
    std::uint64_t pages = 0;
    std::uint64_t resident_pages = 0;
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    if (std::ifstream statm("/proc/self/statm"); statm >> pages >> resident_pages) {
        usage.virtual_bytes = pages * page;
        usage.resident_bytes = resident_pages * page;
    }
    usage.open_descriptors = count_descriptors();
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) usage.most_descriptors = limit.rlim_cur;
    return usage;
}

std::vector<CertificateExpiry> certificate_expiries(const core::CertificateStore& certificates) {
    std::vector<CertificateExpiry> all;
    for (const auto& [name, folder] : certificates.folders())
        all.push_back({name, std::chrono::system_clock::from_time_t(core::valid_until(folder))});
    return all;
}

}  // namespace proxy

#include "proxy/process/own_usage.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "core/certificate_changes.h"

namespace proxy {

namespace {

double seconds_of(const timeval& time) {
    constexpr double kMicros = 1e6;
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / kMicros;
}

std::uint64_t open_descriptors() {
    std::error_code error;
    std::filesystem::directory_iterator each("/proc/self/fd", error);
    if (error) return 0;
    // One of them is that of the folder itself.
    const auto found = std::distance(each, std::filesystem::directory_iterator());
    return found > 0 ? static_cast<std::uint64_t>(found - 1) : 0;
}

}  // namespace

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
    usage.open_descriptors = open_descriptors();
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

#include "proxy/process_limits.h"

#include <algorithm>
#include <thread>

#include "core/descriptor_limit.h"

namespace proxy {

namespace {

/// Descriptors that are not sessions: of the process (log, signals, files being read), and of each
/// worker beside its listeners (loop, DNS).
constexpr std::uint64_t kReservedDescriptors = 64;
constexpr std::uint64_t kDescriptorsPerWorker = 8;
/// Each session holds one for its client and one for its backend.
constexpr std::uint64_t kDescriptorsPerSession = 2;

}  // namespace

unsigned worker_count(const conf::Config& config) {
    return config.worker.threads != 0 ? config.worker.threads
                                      : std::max(1U, std::thread::hardware_concurrency());
}

std::uint32_t session_limit(const conf::Config& config, unsigned workers) {
    const std::uint64_t reserved =
        kReservedDescriptors + workers * (kDescriptorsPerWorker + config.listen.size());
    return core::sessions_within_descriptors(
        config.limits.sessions, {.reserved = reserved, .per_session = kDescriptorsPerSession});
}

}  // namespace proxy

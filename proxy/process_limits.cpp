#include "proxy/process_limits.h"

#include <algorithm>
#include <thread>

#include "core/descriptor_limit.h"
#include "core/log.h"

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
    const std::uint64_t limit = core::raise_descriptor_limit();
    const std::uint64_t reserved =
        kReservedDescriptors + workers * (kDescriptorsPerWorker + config.listen.size());
    const std::uint64_t usable = limit > reserved ? limit - reserved : 0;
    const auto possible = static_cast<std::uint32_t>(
        std::clamp<std::uint64_t>(usable / kDescriptorsPerSession, 1, UINT32_MAX));
    if (config.limits.sessions == 0) return possible;
    if (config.limits.sessions > possible) {
        core::Log(core::Severity::warn, "sessions_limited")
            .with("wanted", config.limits.sessions)
            .with("possible", possible)
            .with("remedy", "raise the descriptor limit (LimitNOFILE)");
    }
    return std::min(config.limits.sessions, possible);
}

}  // namespace proxy

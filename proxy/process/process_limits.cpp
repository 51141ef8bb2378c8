#include "proxy/process/process_limits.h"

#include <algorithm>
#include <thread>

#include "core/descriptor_limit.h"

namespace proxy {

namespace {

/// Descriptors that are not sessions: of the process (log, signals, files being read), and of each
/// worker beside its listeners (loop, DNS).
constexpr std::uint64_t kReservedDescriptors = 64;
constexpr std::uint64_t kDescriptorsPerWorker = 8;
/// Without these nothing can be served. Of the process: its log and another while it is opened
/// anew, loop (4), file watch, admin socket and a command, DNS (2), two files being read, a health
/// check.
constexpr std::uint64_t kLeastOfProcess = 14;
/// Of a worker beside its listeners: loop (4), DNS (2).
constexpr std::uint64_t kLeastOfWorker = 6;
/// Each session holds one for its client and one for its backend.
constexpr std::uint64_t kDescriptorsPerSession = 2;
/// Where web clients come, as many connections may be there without a session, or beside that of
/// one (WebFront).
constexpr std::uint64_t kDescriptorsPerWebSession = 3;

}  // namespace

unsigned worker_count(const conf::Config& config) {
    return config.worker.threads != 0 ? config.worker.threads
                                      : std::max(1U, std::thread::hardware_concurrency());
}

core::Result<void, std::string> enough_descriptors(const conf::Config& config, unsigned workers) {
    return core::require_descriptors(kLeastOfProcess +
                                     workers * (kLeastOfWorker + config.listen.size()) +
                                     kDescriptorsPerSession);
}

std::uint32_t session_limit(const conf::Config& config, unsigned workers) {
    const std::uint64_t reserved =
        kReservedDescriptors + workers * (kDescriptorsPerWorker + config.listen.size());
    const bool has_web =
        std::any_of(config.listen.begin(), config.listen.end(), [](const conf::Listen& listen) {
            return listen.kind == conf::ListenKind::web ||
                   listen.kind == conf::ListenKind::web_clear;
        });
    return core::sessions_within_descriptors(
        config.limits.sessions,
        {.reserved = reserved,
         .per_session = has_web ? kDescriptorsPerWebSession : kDescriptorsPerSession});
}

}  // namespace proxy

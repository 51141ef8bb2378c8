#include "core/descriptor_limit.h"

#include <sys/resource.h>

#include <algorithm>

#include "core/log.h"

namespace core {

std::uint64_t raise_descriptor_limit() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

std::uint32_t sessions_within_descriptors(std::uint32_t wanted, const DescriptorNeeds& needs) {
    const std::uint64_t limit = raise_descriptor_limit();
    const std::uint64_t usable = limit > needs.reserved ? limit - needs.reserved : 0;
    const auto possible = static_cast<std::uint32_t>(
        std::clamp<std::uint64_t>(usable / needs.per_session, 1, UINT32_MAX));
    if (wanted == 0) return possible;
    if (wanted > possible) {
        Log(Severity::warn, "sessions_limited")
            .with("wanted", wanted)
            .with("possible", possible)
            .with("remedy", "raise the descriptor limit (LimitNOFILE) or lower [limits] sessions");
    }
    return std::min(wanted, possible);
}

}  // namespace core

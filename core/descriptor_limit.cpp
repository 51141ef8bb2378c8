#include "core/descriptor_limit.h"

#include <fcntl.h>
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

Result<void, std::string> require_descriptors(std::uint64_t further) {
    constexpr std::uint64_t kMostLookedAt = 4096;
    const std::uint64_t limit = raise_descriptor_limit();
    std::uint64_t open = 0;
    for (std::uint64_t fd = 0; fd < std::min(limit, kMostLookedAt); ++fd)
        if (::fcntl(static_cast<int>(fd), F_GETFD) != -1) ++open;
    const std::uint64_t needed = open + further;
    if (limit >= needed) return {};
    return fail("the descriptor limit is " + std::to_string(limit) + ", but " +
                std::to_string(needed) + " are needed at least, and more for each session; " +
                "raise it (LimitNOFILE in systemd, ulimit -n in a shell)");
}

std::uint32_t sessions_within_descriptors(std::uint32_t wanted, const DescriptorNeeds& needs) {
    constexpr std::uint32_t kFew = 64;
    constexpr std::uint32_t kSome = 1000;
    const std::uint64_t limit = raise_descriptor_limit();
    const std::uint64_t usable = limit > needs.reserved ? limit - needs.reserved : 0;
    const auto possible = static_cast<std::uint32_t>(
        std::clamp<std::uint64_t>(usable / needs.per_session, 1, UINT32_MAX));
    if (possible < (wanted == 0 ? kFew : wanted)) {
        const std::uint64_t right =
            needs.reserved + needs.per_session * (wanted == 0 ? kSome : wanted);
        Log line(Severity::warn, "sessions_limited");
        if (wanted != 0) line.with("wanted", wanted);
        line.with("possible", possible)
            .with("descriptor_limit", limit)
            .with("remedy", "raise the descriptor limit (LimitNOFILE) to " + std::to_string(right) +
                                (wanted == 0 ? "" : ", or lower [limits] sessions"));
    }
    return wanted == 0 ? possible : std::min(wanted, possible);
}

}  // namespace core

#pragma once
// What each worker counts for itself, where any thread may read it. Shared from start to end.

#include <array>
#include <cstddef>
#include <memory>

#include "conf/config.h"
#include "core/count.h"
#include "proxy/session/session_counts.h"

namespace proxy {

inline constexpr std::array kListenKindsCounted{conf::ListenKind::c2s, conf::ListenKind::c2s_tls,
                                                conf::ListenKind::web, conf::ListenKind::web_clear};

/// On cache lines of its own, for its worker writes all the time.
struct alignas(64) WorkerCounts {
    SessionCounts sessions;
    /// Connections, as the kernel gave them.
    std::array<core::Count, kListenKindsCounted.size()> accepted;
    /// How late the loop's latest timers were, at worst: microseconds.
    core::Count lag;

    core::Count& accepted_by(conf::ListenKind kind) {
        return accepted[static_cast<std::size_t>(kind)];
    }
};

/// One for each worker.
class AllWorkerCounts {
public:
    explicit AllWorkerCounts(unsigned workers)
        : size_(workers), all_(std::make_unique<WorkerCounts[]>(workers)) {}

    WorkerCounts& of(unsigned worker) { return all_[worker % size_]; }
    const WorkerCounts& of(unsigned worker) const { return all_[worker % size_]; }
    unsigned size() const noexcept { return size_; }

private:
    unsigned size_;
    std::unique_ptr<WorkerCounts[]> all_;
};

}  // namespace proxy

#pragma once
// How a worker's sessions got to their backends. The worker's thread counts; any thread reads.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "core/count.h"
#include "core/time_counts.h"
#include "proxy/legs/link_failure.h"

namespace proxy {

/// The same numbers, added up.
struct ConnectTally {
    core::TimeTally opened;
    std::array<std::uint64_t, kLinkFailures.size()> failed{};
};

class ConnectCounts {
public:
    /// Connected, and secured where that is wanted, so long after the first attempt.
    void note_open(std::chrono::microseconds took) noexcept { opened_.note(took); }
    /// A backend was passed over, before or after that.
    void note_failed(LinkFailure why) noexcept { failed_[static_cast<std::size_t>(why)].add(); }

    void add_to(ConnectTally& tally) const noexcept {
        opened_.add_to(tally.opened);
        for (std::size_t i = 0; i < failed_.size(); ++i) tally.failed[i] += failed_[i].value();
    }

private:
    core::TimeCounts opened_;
    std::array<core::Count, kLinkFailures.size()> failed_;
};

}  // namespace proxy

#pragma once
// How the process fared in the last hour, for the curves of the status page: a sample every ten
// seconds. Pure: counts and the time in; control loop's thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/event_loop.h"
#include "proxy/admin/target.h"

namespace proxy {

class LastHour {
public:
    static constexpr std::chrono::seconds kEvery{10};
    static constexpr std::size_t kSamples = 360;

    struct Sample {
        double sessions = 0;
        double logins = 0;     // a second
        double failed = 0;     // logins, a second
        double stanzas = 0;    // both ways, a second
        double answer_ms = 0;  // of the slowest backend's last check
    };
    /// To be called every second; takes a sample when one is due.
    bool is_due(core::TimePoint now) const { return now >= next_; }
    void take(const ServerStatus& status, core::TimePoint now);

    /// The oldest first.
    std::vector<Sample> samples() const;

private:
    std::vector<Sample> ring_;
    std::size_t oldest_ = 0;
    core::TimePoint next_{};
    core::TimePoint last_{};
    std::uint64_t logins_ = 0;  // as of the last sample
    std::uint64_t failed_ = 0;
    std::uint64_t stanzas_ = 0;
    bool has_counts_ = false;
};

}  // namespace proxy

#include "proxy/monitor/last_hour.h"

#include <algorithm>

namespace proxy {

void LastHour::take(const ServerStatus& status, core::TimePoint now) {
    std::uint64_t logins = 0;
    std::chrono::milliseconds slowest{0};
    for (const PoolStatus& pool : status.pools) {
        for (const BackendStatus& backend : pool.backends) {
            logins += backend.logins;
            slowest = std::max(slowest, backend.last_check);
        }
    }
    std::uint64_t stanzas = 0;
    for (const StanzaCounts& side : status.work.sessions.stanzas) stanzas += side.all();
    const double seconds = std::chrono::duration<double>(now - last_).count();
    // Backends that are removed take their logins along.
    const auto rate = [&](std::uint64_t count, std::uint64_t before) {
        if (!has_counts_ || count < before || seconds <= 0) return 0.0;
        return static_cast<double>(count - before) / seconds;
    };
    const Sample sample{.sessions = static_cast<double>(status.sessions),
                        .logins = rate(logins, logins_),
                        .failed = rate(status.failed_logins, failed_),
                        .stanzas = rate(stanzas, stanzas_),
                        .answer_ms = static_cast<double>(slowest.count())};
    if (ring_.size() < kSamples) {
        ring_.push_back(sample);
    } else {
        ring_[oldest_] = sample;
        oldest_ = (oldest_ + 1) % kSamples;
    }
    logins_ = logins;
    failed_ = status.failed_logins;
    stanzas_ = stanzas;
    has_counts_ = true;
    last_ = now;
    next_ = now + kEvery;
}

std::vector<LastHour::Sample> LastHour::samples() const {
    std::vector<Sample> all(ring_.begin() + static_cast<std::ptrdiff_t>(oldest_), ring_.end());
    all.insert(all.end(), ring_.begin(), ring_.begin() + static_cast<std::ptrdiff_t>(oldest_));
    return all;
}

}  // namespace proxy

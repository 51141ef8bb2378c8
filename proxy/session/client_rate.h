#pragma once
// The token buckets of one client: bytes and stanzas a second, with a burst. Pure: the configured
// rates and the time are arguments, so that a reload counts at once. Owned by a session's pace.
//
// A bucket is the time up to which its client has used what it may: full where that lies a burst
// back, empty at now, and in debt beyond it.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "conf/config.h"
#include "core/event_loop.h"

namespace proxy {

class ClientRate {
public:
    /// Pauses are at least so long: a client at its rate costs ten wake-ups a second.
    static constexpr std::chrono::milliseconds kLeastPause{100};
    /// Of what is shown to the relay at once. Stanzas are counted behind it, so those of the least
    /// share are what a client may have too many.
    static constexpr std::size_t kLeastShare = 1'024;
    static constexpr std::size_t kMostShare = 64 * 1'024;

    struct Used {
        std::size_t bytes = 0;
        std::uint64_t stanzas = 0;
        std::uint64_t others = 0;  // presence and iq among them
    };

    /// How many bytes may be looked at next; 0: none before pause() is over.
    std::size_t share(const conf::RateLimits& rate, core::TimePoint now) const {
        const auto left = std::min(left_of(bytes_, rate.bytes, rate, now),
                                   left_of(stanzas_, rate.stanzas, rate, now) * kStanzaBytes);
        if (is_in_debt(rate, now)) return 0;
        return static_cast<std::size_t>(std::clamp<std::int64_t>(left, kLeastShare, kMostShare));
    }
    void take(const Used& used, const conf::RateLimits& rate, core::TimePoint now) {
        use(bytes_, used.bytes, rate.bytes, rate, now);
        use(stanzas_, used.stanzas, rate.stanzas, rate, now);
        use(others_, used.others, rate.stanzas, rate, now);
    }
    bool is_in_debt(const conf::RateLimits& rate, core::TimePoint now) const {
        return (rate.bytes != 0 && bytes_ > now) || (rate.stanzas != 0 && stanzas_ > now);
    }
    /// Until the debt is paid.
    std::chrono::milliseconds pause(const conf::RateLimits& rate, core::TimePoint now) const {
        core::TimePoint until = now;
        if (rate.bytes != 0) until = std::max(until, bytes_);
        if (rate.stanzas != 0) until = std::max(until, stanzas_);
        return std::max(kLeastPause, std::chrono::ceil<std::chrono::milliseconds>(until - now));
    }
    /// Presence and iq alone are more than all stanzas may be.
    bool is_flood(const conf::RateLimits& rate, core::TimePoint now) const {
        return rate.stanzas != 0 && others_ > now;
    }

private:
    /// Of a usual stanza, at the least.
    static constexpr std::int64_t kStanzaBytes = 100;
    static constexpr std::int64_t kNanoseconds = 1'000'000'000;

    static std::int64_t left_of(core::TimePoint used, std::uint32_t per_second,
                                const conf::RateLimits& rate, core::TimePoint now) {
        if (per_second == 0) return kMostShare;
        const auto left = std::min<core::Clock::duration>(now - used, rate.burst);
        const auto seconds = std::chrono::duration<double>(left).count();
        return static_cast<std::int64_t>(std::min(seconds * per_second, double{kMostShare}));
    }
    static void use(core::TimePoint& used, std::uint64_t amount, std::uint32_t per_second,
                    const conf::RateLimits& rate, core::TimePoint now) {
        if (per_second == 0) return;
        const std::chrono::nanoseconds time(static_cast<std::int64_t>(amount) * kNanoseconds /
                                            per_second);
        used = std::max(used, now - rate.burst) + time;
    }

    core::TimePoint bytes_;
    core::TimePoint stanzas_;
    core::TimePoint others_;
};

}  // namespace proxy

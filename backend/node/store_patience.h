#pragma once
// How long a node goes on trying to get the same stanzas into the store. Pure: time is an argument.

#include <chrono>
#include <functional>
#include <optional>

#include "core/event_loop.h"

namespace backend {

/// Tells the time; tests bring their own.
using Now = std::function<core::TimePoint()>;

class StorePatience {
public:
    /// Of one commit that is refused.
    static constexpr unsigned kTries = 8;
    /// With readings that fail: a little less than a store lets a request wait (10 s), so nobody
    /// waits so long twice. Commits do not use it up: a process that has slept learns from its
    /// commit what became of its sessions.
    static constexpr std::chrono::seconds kReading{9};

    void begin(core::TimePoint now) {
        tries_ = 0;
        began_ = now;
    }
    /// Another refusal is the end of it.
    bool is_on_last_try() const { return tries_ >= kTries; }

    using Pause = std::optional<std::chrono::milliseconds>;
    /// How long to wait before the next try; none: give up.
    Pause after_refusal() {
        if (++tries_ > kTries) return std::nullopt;
        if (tries_ <= kTriesAtOnce) return std::chrono::milliseconds(0);
        return kPause * (1 << (tries_ - kTriesAtOnce));
    }
    /// The same after a failed reading. A store that is away has kept us waiting already.
    Pause after_failed_reading(core::TimePoint now) {
        if (now - began_ >= kReading) return std::nullopt;
        return after_refusal();
    }

private:
    static constexpr unsigned kTriesAtOnce = 2;
    static constexpr std::chrono::milliseconds kPause{10};  // doubled by each further try

    unsigned tries_ = 0;
    core::TimePoint began_;
};

}  // namespace backend

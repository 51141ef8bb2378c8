#pragma once
// Whether a node has a store to work with, judged by how long the store has been silent. A slow
// store is no silent one, and one answer after an outage is not the end of it. Pure: time is an
// argument.

#include <algorithm>
#include <chrono>
#include <optional>

#include "core/event_loop.h"

namespace backend {

class StoreWatch {
public:
    /// How often to look.
    static constexpr std::chrono::milliseconds kEvery{500};
    /// A silence of this length means that the store does not answer.
    static constexpr std::chrono::milliseconds kSilence{3'000};
    /// To be believed again, it must have been silent for no longer than that for so long.
    static constexpr std::chrono::milliseconds kSlow{1'500};
    static constexpr std::chrono::milliseconds kProof{2'000};

    explicit StoreWatch(core::TimePoint now) : last_look_(now) {}

    /// `silent_since` as Store has it. True: does_answer() has changed.
    bool look(core::TimePoint now, std::optional<core::TimePoint> silent_since) {
        // Where looks are missing, nobody listened: the process was stopped, or its loop was busy.
        const auto passed = std::min<core::Clock::duration>(now - last_look_, 2 * kEvery);
        if (silent_since != silent_since_) silence_ = {};
        if (silent_since && *silent_since <= last_look_) silence_ += passed;
        answering_ = silence_ < kSlow ? answering_ + passed : core::Clock::duration::zero();
        silent_since_ = silent_since;
        last_look_ = now;
        const bool before = does_answer_;
        if (silence_ >= kSilence) does_answer_ = false;
        if (answering_ >= kProof) does_answer_ = true;
        return does_answer_ != before;
    }

    bool does_answer() const { return does_answer_; }
    /// Of the silence that lasts.
    core::Clock::duration silence() const { return silence_; }

private:
    core::TimePoint last_look_;
    std::optional<core::TimePoint> silent_since_;
    core::Clock::duration silence_{0};
    core::Clock::duration answering_{0};
    bool does_answer_ = true;
};

}  // namespace backend

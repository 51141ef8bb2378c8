#pragma once
// Since when a store says nothing, as the requests of one node tell it. Pure: time is an argument.

#include <chrono>
#include <optional>

namespace backend {

class StoreSilence {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// Something waits for an answer now.
    void on_asked(TimePoint now) {
        if (!since_) since_ = now;
    }
    /// The store has said something. That nobody waits for its answer any more is none: the silence
    /// goes on.
    void on_answer(TimePoint now, bool is_all_answered) {
        since_.reset();
        if (!is_all_answered) since_ = now;
    }
    /// The last answer, or the first request that has none; nothing: no answer is missing.
    std::optional<TimePoint> since() const { return since_; }

private:
    std::optional<TimePoint> since_;
};

}  // namespace backend

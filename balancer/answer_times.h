#pragma once
// How long backends usually take to answer a session, from the start of the attempt to their
// features, and so how long a session waits for one of them alone. Per worker and its thread's
// only. Pure: no clock inside.

#include <chrono>
#include <unordered_map>

#include "balancer/backend_id.h"

namespace balancer {

class AnswerTimes {
public:
    using Milliseconds = std::chrono::milliseconds;
    using Duration = std::chrono::steady_clock::duration;

    static constexpr int kPatience = 4;                  // times the usual answer
    static constexpr Milliseconds kShortestMoment{200};  // so that a hiccup costs no connection
    static constexpr Milliseconds kUnknownMoment{500};   // before the first answer
    static constexpr Milliseconds kHurriedMoment{20};    // where others wait in silence already
    static constexpr Milliseconds kLongestUsual{1'000};  // longer answers count as this one
    static constexpr int kFormerAnswers = 7;             // weigh as much, against one new answer

    /// A session has had its answer after this time.
    void note_answer(BackendId backend, Duration took);
    /// How long a session waits for this backend before it tries the next one beside it. `hurried`:
    /// others have waited in vain, so nothing but the usual time is given.
    Milliseconds moment(BackendId backend, bool hurried) const;

private:
    std::unordered_map<BackendId, Duration> usual_;  // at most one entry per backend
};

}  // namespace balancer

#pragma once
// How long a session waits for a backend that says nothing, and whether it may try the next one
// beside it then: answer times, silence and budget of one worker, and the rules between them. Its
// worker's thread only; time is an argument.
// Why: balancer/README.md, "Beside the silent one".

#include <chrono>

#include "balancer/answer_times.h"
#include "balancer/backend_id.h"
#include "balancer/hedge_budget.h"
#include "balancer/silence.h"

namespace balancer {

class Patience {
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Duration = std::chrono::steady_clock::duration;
    using Milliseconds = std::chrono::milliseconds;

    /// A session looks for a backend.
    void note_session() { budget_.note_session(); }
    /// The backend has answered somebody, this long after the attempt began.
    void note_answer(BackendId backend, Duration took) {
        times_.note_answer(backend, took);
        silence_.note_answer(backend);
    }
    /// As Silence has them.
    void note_waiting(BackendId backend, TimePoint began, TimePoint now) {
        silence_.note_waiting(backend, began, now);
    }
    Silence::Lost note_lost(BackendId backend, TimePoint now) {
        return silence_.note_lost(backend, now);
    }
    bool is_suspected(BackendId backend, TimePoint now) const {
        return silence_.is_suspected(backend, now);
    }

    /// How long a session that begins now waits for the backend alone.
    Milliseconds moment(BackendId backend, TimePoint now) const {
        return times_.moment(backend, silence_.is_suspected(backend, now));
    }
    /// May a session whose moment at `silent` has passed try `next` beside it? With `only_if_hung`
    /// it loses something by that, so one that is merely late is waited for.
    bool may_try_beside(BackendId silent, BackendId next, bool only_if_hung, TimePoint now);
    /// When to ask that again, after a no: rarer and rarer, the longer the session has waited.
    static Milliseconds ask_again_after(Duration waited);

private:
    AnswerTimes times_;
    Silence silence_;
    HedgeBudget budget_;
};

}  // namespace balancer

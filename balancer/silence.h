#pragma once
// Which backends are silent: sessions wait there beyond their moment, and no answer has come to
// anybody since the first of them began. Tells a backend that hangs from one that is late once. Per
// worker and its thread's only; time is an argument.

#include <chrono>
#include <cstdint>
#include <unordered_map>

#include "balancer/backend_id.h"

namespace balancer {

class Silence {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    static constexpr std::uint32_t kSuspects = 3;            // sessions in a row
    static constexpr std::chrono::milliseconds kHangs{750};  // since the first of them began
    static constexpr std::chrono::seconds kForgotten{60};    // since the last of them
    static constexpr std::uint32_t kEnough = 5;              // sessions lost, as many as may eject

    /// A session that began at `began` has waited beyond its moment. Once for each of its attempts.
    void note_waiting(BackendId backend, TimePoint began, TimePoint now);
    struct Lost {
        std::uint32_t failures = 0;  // sessions that count as failures of the backend from now on
        bool is_enough = false;      // nobody should be sent there for a while
    };
    /// Another backend has answered that session meanwhile. Nothing counts before the backend
    /// hangs, then all that were lost so far do.
    Lost note_lost(BackendId backend, TimePoint now);
    /// It has answered somebody: what was held against it is taken back.
    void note_answer(BackendId backend) {
        if (!rows_.empty()) rows_.erase(backend);
    }

    /// Several sessions wait in vain.
    bool is_suspected(BackendId backend, TimePoint now) const {
        return row(backend, now) != nullptr;
    }
    /// And they have for longer than any hiccup lasts.
    bool hangs(BackendId backend, TimePoint now) const;

private:
    struct Row {
        TimePoint since;  // the first of its sessions began
        TimePoint last;
        std::uint32_t waiting = 0;
        std::uint32_t lost = 0;      // of them
        std::uint32_t failures = 0;  // of those, counted as such
    };
    /// Of a backend that is suspected; else null.
    const Row* row(BackendId backend, TimePoint now) const;

    std::unordered_map<BackendId, Row> rows_;  // of backends that owe an answer
};

}  // namespace balancer

#pragma once
// When the store hears what a session's client has acknowledged. What is small may stay there for a
// moment: most clients acknowledge every stanza, and each would be a commit. Pure: knows no clock.

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "backend/store/store.h"

namespace backend {

class TrimPace {
public:
    /// How long the store may keep what need not go at once.
    static constexpr std::chrono::milliseconds kPause{250};
    /// So many stanzas are worth a commit of their own, and so many a place in another one.
    static constexpr std::uint64_t kAlone = 64;
    static constexpr std::uint64_t kAlong = 16;
    /// Larger ones are always worth it: what stays is an eighth of what a queue may hold.
    static constexpr std::size_t kSmall = Store::kQueueBytes / 8 / kAlone;

    /// The client gets this stanza of the queue.
    void note_written(std::uint64_t number, std::size_t bytes) {
        if (bytes > kSmall) last_large_ = number;
    }
    /// It has what came up to this number. False: that is nothing new.
    bool acknowledge(std::uint64_t up_to) {
        if (up_to <= up_to_) return false;
        up_to_ = up_to;
        return true;
    }

    bool owes_any() const { return up_to_ > told_; }
    bool is_worth_a_commit() const { return owes(kAlone); }
    bool is_worth_a_place() const { return owes(kAlong); }

    /// All that is owed, for a commit.
    Trim take() {
        assert(owes_any());
        told_ = up_to_;
        is_overdue_ = false;
        return {up_to_};
    }
    /// That commit was not done; the next one is to do it.
    void give_back() {
        told_ = 0;
        is_overdue_ = true;
    }

private:
    bool owes(std::uint64_t stanzas) const {
        return up_to_ >= told_ + stanzas || (owes_any() && (is_overdue_ || last_large_ > told_));
    }

    std::uint64_t up_to_ = 0;
    std::uint64_t told_ = 0;  // up to which number the store has heard of it
    std::uint64_t last_large_ = 0;
    bool is_overdue_ = false;
};

}  // namespace backend

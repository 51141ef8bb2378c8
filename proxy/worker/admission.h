#pragma once
// Who waits to be let in, and who of them is next. While the queue is fresh, the one who came
// first; when its head has waited long, the one who came last: he will still be there when he is
// served, and with more clients than can be served the first come would all be served too late.
// Pure: the time is an argument; one thread.
//
// How long one may wait depends on the queue. It was empty a moment ago: this is a crowd that comes
// once, and all of it will be served. It has not been empty for long: this is more than can be
// served, and who has no chance hears of it soon.
//
// Why: proxy/README.md, "Newest first, and a short wait".

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>

#include "core/event_loop.h"
#include "proxy/worker/door.h"

namespace proxy {

class Admission {
public:
    /// Of the head; then the queue is stale.
    static constexpr std::chrono::milliseconds kFresh{300};
    /// In a queue that was empty so long ago at most, one may wait as long.
    static constexpr std::chrono::milliseconds kCrowd{10'000};
    /// In any other.
    static constexpr std::chrono::milliseconds kOverload{1'000};

    /// `caller` came now, after all others.
    void add(Caller caller);
    /// The next one; none: nobody waits, or all have waited too long.
    std::optional<Caller> take_next(core::TimePoint now);
    /// One who has waited too long.
    std::optional<Caller> take_late(core::TimePoint now);
    /// The one who has waited longest, however long.
    std::optional<Caller> take_oldest();

    std::size_t size() const noexcept { return waiting_.size(); }
    bool is_empty() const noexcept { return waiting_.empty(); }
    /// Has the head waited so long that the newest go first?
    bool is_stale(core::TimePoint now) const;
    /// More come than can be served, and have done so for long.
    bool is_overloaded(core::TimePoint now) const;
    /// How long one may wait as things are.
    std::chrono::milliseconds patience(core::TimePoint now) const;

private:
    bool is_late(const Caller& caller, core::TimePoint now) const;
    Caller take_front();

    std::deque<Caller> waiting_;  // the one who came first at its head
    core::TimePoint was_empty_;   // the last time; counts while somebody waits
};

}  // namespace proxy

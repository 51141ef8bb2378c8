#pragma once
// The way in of one worker: callers begin at once while the loop keeps up, and wait in `Admission`
// while it does not. Performs what `Admission` and `TurnPace` say: measures the turns while
// a crowd begins or somebody waits (an idle loop is never woken), looks whether a caller is still
// there, turns away who has waited too long. Owned by the worker; loop thread only.

#include <chrono>
#include <functional>

#include "core/event_loop.h"
#include "core/timer.h"
#include "proxy/legs/refusals.h"
#include "proxy/session/session_gauge.h"
#include "proxy/worker/admission.h"
#include "proxy/worker/door.h"
#include "proxy/worker/turn_pace.h"

namespace proxy {

/// A worker is one.
class EntranceHost {
public:
    /// It has waited so long.
    virtual void begin_caller(Caller caller, std::chrono::milliseconds waited) = 0;
    /// It will not begin, and gives back its place.
    virtual void leave_place(const Caller& caller) = 0;
    virtual void note_refused(Refused why, const core::Endpoint& client) = 0;

protected:
    ~EntranceHost() = default;
};

class Entrance {
public:
    using Now = std::function<core::TimePoint()>;
    Entrance(core::EventLoop& loop, EntranceHost& host, SessionGauge& gauge,
             Now now = core::Clock::now);
    /// Closes what waits, without a call.
    ~Entrance();

    /// A caller, who has a place among the sessions or connections of the web.
    void come(Caller caller);
    /// There is no place for one who comes now. Turns away the one who has waited longest, if that
    /// is longer than the newest ever have to; says whether there was one.
    bool make_room();
    /// The process stops: who waits hears of it.
    void close();
    /// New sessions on connections that are there already shall come again later.
    bool is_overloaded() const { return queue_.is_overloaded(now_()); }

private:
    void on_turn();
    void begin(Caller caller, core::TimePoint now);
    /// Closes a caller for want of processor.
    void shed(Caller caller);
    void turn_away_late(core::TimePoint now);

    EntranceHost& host_;
    SessionGauge& gauge_;
    Now now_;
    Admission queue_;
    TurnPace pace_;
    core::TimePoint turn_began_;
    core::Timer turn_;  // runs, at the end of each turn, while turns are measured
};

}  // namespace proxy

#include "proxy/worker/entrance.h"

#include <cstdint>
#include <utility>

namespace proxy {

namespace {

/// Turned away in one turn: as many as cost less than one who is let in.
constexpr int kTurnedAwayPerTurn = 64;

}  // namespace

Entrance::Entrance(core::EventLoop& loop, EntranceHost& host, SessionGauge& gauge, Now now)
    : host_(host), gauge_(gauge), now_(std::move(now)), turn_(loop, [this] { on_turn(); }) {}

Entrance::~Entrance() {
    gauge_.count_waiting(-static_cast<std::int64_t>(queue_.size()));
}

void Entrance::come(Caller caller) {
    const auto now = caller.came;
    if (!turn_.is_running()) {
        if (!pace_.is_crowd(now)) return host_.begin_caller(std::move(caller), {});
        turn_began_ = now;
        turn_.start_now();
    }
    if (queue_.is_empty() && pace_.has_room()) return begin(std::move(caller), now);
    queue_.add(std::move(caller));
    gauge_.count_waiting(+1);
}

void Entrance::begin(Caller caller, core::TimePoint now) {
    pace_.note_begun();
    const auto waited = now - caller.came;
    host_.begin_caller(std::move(caller),
                       std::chrono::duration_cast<std::chrono::milliseconds>(waited));
}

void Entrance::on_turn() {
    const auto now = now_();
    const bool is_quiet = queue_.is_empty() && pace_.begun() == 0;
    if (is_quiet) return pace_.rest();
    pace_.end_turn(now - turn_began_);
    turn_began_ = now;
    turn_.start_now();
    turn_away_late(now);
    while (pace_.has_room()) {
        auto caller = queue_.take_next(now);
        if (!caller) break;
        gauge_.count_waiting(-1);
        if (has_left(*caller)) {
            gauge_.count_gave_up();
            host_.leave_place(*caller);
        } else {
            begin(*std::move(caller), now);
        }
    }
}

void Entrance::turn_away_late(core::TimePoint now) {
    for (int i = 0; i < kTurnedAwayPerTurn; ++i) {
        auto late = queue_.take_late(now);
        if (!late) return;
        shed(*std::move(late));
    }
}

void Entrance::shed(Caller caller) {
    // No look whether it is still there: with many times too many, what is spent here is missing
    // for those who are let in.
    gauge_.count_waiting(-1);
    gauge_.count_shed();
    host_.note_refused(Refused::overloaded, caller.client.peer);
    turn_away(caller, xmpp::StreamErrorCondition::resource_constraint,
              "too many log in at the moment, try again later");
    host_.leave_place(caller);
}

bool Entrance::make_room() {
    if (!queue_.is_stale(now_())) return false;
    shed(*queue_.take_oldest());
    return true;
}

void Entrance::close() {
    while (auto caller = queue_.take_oldest()) {
        gauge_.count_waiting(-1);
        turn_away(*caller, xmpp::StreamErrorCondition::system_shutdown,
                  "the proxy is being restarted, connect again");
        host_.leave_place(*caller);
    }
}

}  // namespace proxy

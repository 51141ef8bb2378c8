#pragma once
// Judges the health of one backend from checks and from what happens to real sessions. A pure
// machine: time and seed are arguments; it neither checks nor logs; its owner does. Any one thread.
//
//                 check passed            `fall` checks failed
//      unknown ------------------> up ---------------------------> down
//        | |                      ^ ^ \                            ^ ^ |
//        | |  passive failures    | |  \ passive failures          | | |
//        | +----------------------|-|---+--> ejected --------------+ | |
//        |                        | |          |   over, not passed  | |
//        |                        | +----------+                     | |
//        |                        |   over, checks passed            | |
//        |                        +-- `rise` checks passed ----------|-+
//        +------------ check failed ---------------------------------+
//
// Settings that end the checks make down unknown, since no check would ever say otherwise.
//
// Up after down or ejected is a slow start: the ramp rises from a tenth to the full weight. The
// first check decides alone, since nothing else is known; there is no slow start after it.

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "balancer/member_state.h"
#include "balancer/random.h"
#include "conf/config.h"

namespace balancer {

using HealthSettings = conf::Health;

/// Why a state changed, or a check failed.
enum class HealthReason : std::uint8_t {
    check_passed,
    connect_failed,       // refused, unreachable, or no address
    timed_out,            // no answer within the time
    ended_early,          // the stream ended before features or login, by the backend's own fault
    tls_failed,           // no TLS, or a certificate that does not hold
    certificate_differs,  // from that of its clients, where it has to be the same
    bad_answer,           // not XMPP, a stream error, no features
    sasl_differs,         // its SASL offer is not the pool's
    ejection_over,
    checks_ended,  // by new settings
};
std::string_view to_string(HealthReason reason);

class HealthMachine {
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Duration = std::chrono::steady_clock::duration;

    enum class State : std::uint8_t { unknown, up, down, ejected };

    /// For the log, and the sign that the pool needs a new snapshot.
    struct Transition {
        State from;
        State to;
        HealthReason reason;
    };

    /// The first check falls anywhere in the first second (in `every`, if that is shorter), so that
    /// many backends and proxies do not check as one.
    HealthMachine(const HealthSettings& settings, std::uint64_t seed, TimePoint now);

    /// Other settings from now on, as a reload brings them; what is known stays.
    std::optional<Transition> set_settings(const HealthSettings& settings, TimePoint now);

    // Inputs, in the order of time. Each does what tick() does, too, and gives one transition at
    // most.

    /// A check has passed, or failed for `why`; sets the time of the next one. While up and in
    /// doubt (failed, and not yet `fall` times) that is a quarter of the usual time away.
    std::optional<Transition> on_check_passed(TimePoint now);
    std::optional<Transition> on_check_failed(HealthReason why, TimePoint now);
    /// Sessions that failed by the backend's own fault; `count` lets workers report in bundles.
    /// What a client can cause must not come here, or clients could eject backends. Nothing is
    /// counted while down or ejected: those are sessions that began before.
    std::optional<Transition> on_passive_failure(HealthReason why, std::uint32_t count,
                                                 TimePoint now);
    /// A login got through: ends a row of passive failures.
    void on_passive_success() noexcept { passive_row_ = 0; }
    /// What time alone does: ends an ejection.
    std::optional<Transition> tick(TimePoint now);

    // Outputs.

    State state() const noexcept { return state_; }
    /// The state as picks see it.
    Health health() const noexcept;
    /// Percent of the weight, in steps of ten; 100 unless in a slow start.
    std::uint32_t ramp(TimePoint now) const noexcept;
    /// When to check next. TimePoint::max() without checks.
    TimePoint next_check() const noexcept { return next_check_; }
    /// When state or ramp change by time alone. TimePoint::max(): never.
    TimePoint next_change(TimePoint now) const noexcept;
    /// Passed checks in a row that the next recovery takes: `rise`, doubled by each fall that came
    /// within `flap_window` of the one before, up to kMaxDamping times as many.
    std::uint32_t needed_rise() const noexcept { return settings_.rise * damping_; }

    static constexpr std::uint32_t kMaxDamping = 8;

private:
    Transition enter(State to, HealthReason why, TimePoint now);
    Transition eject(HealthReason why, TimePoint now);
    void note_fall(TimePoint now);
    TimePoint first_check(TimePoint now);
    void schedule_check(TimePoint now);
    Duration jittered(Duration time);

    HealthSettings settings_;
    Random random_;
    State state_ = State::unknown;
    TimePoint next_check_;
    std::uint32_t passed_row_ = 0;
    std::uint32_t failed_row_ = 0;
    std::uint32_t passive_row_ = 0;
    std::optional<TimePoint> last_passive_;
    std::optional<TimePoint> last_fall_;
    std::uint32_t damping_ = 1;
    Duration ejection_{};                  // length of the last one; 0: none, or long ago
    TimePoint ejected_until_;              // of this ejection, or of the last one
    std::optional<TimePoint> ramp_start_;  // of a slow start
};
inline constexpr std::array kHealthStates{HealthMachine::State::unknown, HealthMachine::State::up,
                                          HealthMachine::State::down,
                                          HealthMachine::State::ejected};
std::string_view to_string(HealthMachine::State state);

}  // namespace balancer

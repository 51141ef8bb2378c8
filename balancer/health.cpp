// Counts rows of checks and failures; enter() is the only door between states.

#include "balancer/health.h"

#include <algorithm>
#include <cassert>

namespace balancer {
namespace {

constexpr int kRampSteps = 9;  // from a tenth to ten tenths
constexpr std::chrono::seconds kFirstChecks{1};
constexpr int kDoubtDivisor = 4;

void assert_valid([[maybe_unused]] const HealthSettings& settings) {
    assert(settings.rise > 0 && settings.fall > 0 && settings.every.count() > 0);
    assert(settings.jitter <= 50);
}

}  // namespace

std::string_view to_string(HealthReason reason) {
    switch (reason) {
        case HealthReason::check_passed: return "check_passed";
        case HealthReason::connect_failed: return "connect_failed";
        case HealthReason::timed_out: return "timed_out";
        case HealthReason::ended_early: return "ended_early";
        case HealthReason::tls_failed: return "tls_failed";
        case HealthReason::certificate_differs: return "certificate_differs";
        case HealthReason::bad_answer: return "bad_answer";
        case HealthReason::sasl_differs: return "sasl_differs";
        case HealthReason::ejection_over: return "ejection_over";
        case HealthReason::checks_ended: return "checks_ended";
    }
    return "unknown";
}

std::string_view to_string(HealthMachine::State state) {
    switch (state) {
        case HealthMachine::State::unknown: return "unknown";
        case HealthMachine::State::up: return "up";
        case HealthMachine::State::down: return "down";
        case HealthMachine::State::ejected: return "ejected";
    }
    return "unknown";
}

HealthMachine::HealthMachine(const HealthSettings& settings, std::uint64_t seed, TimePoint now)
    : settings_(settings), random_(seed), next_check_(TimePoint::max()) {
    assert_valid(settings);
    if (settings.checks) next_check_ = first_check(now);
}

std::optional<HealthMachine::Transition> HealthMachine::set_settings(const HealthSettings& settings,
                                                                     TimePoint now) {
    assert_valid(settings);
    const bool was_checked = settings_.checks;
    settings_ = settings;
    passive_row_ = std::min(passive_row_, settings_.passive_failures);
    if (settings_.slow_start.count() == 0) ramp_start_.reset();
    if (!settings_.checks) {
        next_check_ = TimePoint::max();
        if (state_ == State::down) return enter(State::unknown, HealthReason::checks_ended, now);
    } else if (!was_checked) {
        next_check_ = first_check(now);
    } else {
        // No later than the new rhythm has it, and no earlier than the old one had.
        next_check_ = std::min(next_check_, now + jittered(settings_.every));
    }
    return std::nullopt;
}

std::optional<HealthMachine::Transition> HealthMachine::on_check_passed(TimePoint now) {
    failed_row_ = 0;
    ++passed_row_;
    std::optional<Transition> change = tick(now);
    const bool is_first = state_ == State::unknown;
    const bool is_recovered = state_ == State::down && passed_row_ >= needed_rise();
    if (is_first || is_recovered) change = enter(State::up, HealthReason::check_passed, now);
    schedule_check(now);
    return change;
}

std::optional<HealthMachine::Transition> HealthMachine::on_check_failed(HealthReason why,
                                                                        TimePoint now) {
    passed_row_ = 0;
    ++failed_row_;
    std::optional<Transition> change = tick(now);
    if (state_ == State::unknown) {
        change = enter(State::down, why, now);
    } else if (state_ == State::up && failed_row_ >= settings_.fall) {
        note_fall(now);
        change = enter(State::down, why, now);
    }
    schedule_check(now);
    return change;
}

std::optional<HealthMachine::Transition> HealthMachine::on_passive_failure(HealthReason why,
                                                                           std::uint32_t count,
                                                                           TimePoint now) {
    // What is reported as an ejection ends is news of the time before it.
    if (std::optional<Transition> change = tick(now)) return change;
    const bool counts = state_ == State::up || state_ == State::unknown;
    if (!counts || settings_.passive_failures == 0) return std::nullopt;
    if (last_passive_ && now - *last_passive_ > settings_.passive_window) passive_row_ = 0;
    last_passive_ = now;
    // Never beyond what ejects, so that no bundle can make the row overflow.
    passive_row_ += std::min(count, settings_.passive_failures - passive_row_);
    if (passive_row_ < settings_.passive_failures) return std::nullopt;
    return eject(why, now);
}

std::optional<HealthMachine::Transition> HealthMachine::tick(TimePoint now) {
    if (state_ != State::ejected || now < ejected_until_) return std::nullopt;
    const bool is_passed = !settings_.checks || passed_row_ >= needed_rise();
    return enter(is_passed ? State::up : State::down, HealthReason::ejection_over, now);
}

Health HealthMachine::health() const noexcept {
    switch (state_) {
        case State::unknown: return Health::unknown;
        case State::up: return Health::up;
        case State::down:
        case State::ejected: return Health::down;
    }
    return Health::unknown;
}

std::uint32_t HealthMachine::ramp(TimePoint now) const noexcept {
    if (!ramp_start_) return kFullRamp;
    const Duration whole = settings_.slow_start;
    const auto steps =
        std::clamp<Duration::rep>((now - *ramp_start_) * kRampSteps / whole, 0, kRampSteps);
    return static_cast<std::uint32_t>(steps + 1) * (kFullRamp / (kRampSteps + 1));
}

HealthMachine::TimePoint HealthMachine::next_change(TimePoint now) const noexcept {
    if (state_ == State::ejected) return ejected_until_;
    if (ramp(now) == kFullRamp) return TimePoint::max();
    const Duration whole = settings_.slow_start;
    const auto next = (now - *ramp_start_) * kRampSteps / whole + 1;
    // Rounded up, so that the step is there when its time has come.
    return *ramp_start_ + (whole * next + Duration(kRampSteps - 1)) / kRampSteps;
}

HealthMachine::Transition HealthMachine::enter(State to, HealthReason why, TimePoint now) {
    const State from = state_;
    state_ = to;
    ramp_start_.reset();
    passive_row_ = 0;
    if (to == State::up) {
        failed_row_ = 0;
        const bool is_recovery = from != State::unknown;
        if (is_recovery && settings_.slow_start.count() > 0) ramp_start_ = now;
    }
    return {from, to, why};
}

/// Each ejection soon after the last is twice as long.
HealthMachine::Transition HealthMachine::eject(HealthReason why, TimePoint now) {
    const bool is_in_a_row =
        ejection_ > Duration::zero() && now < ejected_until_ + settings_.eject_longest;
    ejection_ = is_in_a_row ? std::min<Duration>(ejection_ * 2, settings_.eject_longest)
                            : Duration(settings_.eject_first);
    ejected_until_ = now + ejection_;
    passed_row_ = 0;  // a check from before saw nothing of this
    note_fall(now);
    return enter(State::ejected, why, now);
}

void HealthMachine::note_fall(TimePoint now) {
    const bool is_flapping = last_fall_ && now - *last_fall_ < settings_.flap_window;
    damping_ = is_flapping ? std::min(damping_ * 2, kMaxDamping) : 1;
    last_fall_ = now;
}

HealthMachine::TimePoint HealthMachine::first_check(TimePoint now) {
    const Duration first = std::min<Duration>(settings_.every, kFirstChecks);
    return now + Duration(random_.below(static_cast<std::uint64_t>(first.count())));
}

void HealthMachine::schedule_check(TimePoint now) {
    if (!settings_.checks) return;
    const bool is_in_doubt = state_ == State::up && failed_row_ > 0;
    const Duration every = settings_.every;
    next_check_ = now + jittered(is_in_doubt ? every / kDoubtDivisor : every);
}

HealthMachine::Duration HealthMachine::jittered(Duration time) {
    const Duration span = time * settings_.jitter / 100;
    const auto width = static_cast<std::uint64_t>(2 * span.count() + 1);
    return time - span + Duration(random_.below(width));
}

}  // namespace balancer

#pragma once
// One health machine and its clock, for tests that give it inputs and read its transitions.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "balancer/health.h"

namespace balancer {

/// One machine and its clock; inputs give the transition as text, "" for none.
class HealthTest : public testing::Test {
protected:
    using State = HealthMachine::State;
    using TimePoint = HealthMachine::TimePoint;

    static std::string text(const std::optional<HealthMachine::Transition>& change) {
        if (!change) return "";
        return std::string(to_string(change->from)) + ">" + std::string(to_string(change->to)) +
               " " + std::string(to_string(change->reason));
    }
    HealthMachine& machine() {
        if (!machine_) machine_.emplace(settings_, 1, now_);
        return *machine_;
    }
    std::string pass() { return text(machine().on_check_passed(now_)); }
    std::string fail(HealthReason why = HealthReason::timed_out) {
        return text(machine().on_check_failed(why, now_));
    }
    std::string lose(std::uint32_t count) {
        return text(machine().on_passive_failure(HealthReason::ended_early, count, now_));
    }
    /// Gives the machine settings_ as they are now.
    std::string change() { return text(machine().set_settings(settings_, now_)); }
    std::string tick() { return text(machine().tick(now_)); }
    State state() { return machine().state(); }
    std::uint32_t ramp() { return machine().ramp(now_); }
    /// The number of passed checks that bring a machine that is down up again.
    int recover() {
        for (int checks = 1; checks < 100; ++checks)
            if (!pass().empty()) return checks;
        return 0;
    }
    void fall() {
        for (std::uint32_t i = 0; i < settings_.fall; ++i) fail();
    }
    void eject() { lose(settings_.passive_failures); }

    HealthSettings settings_;
    TimePoint now_{};

private:
    std::optional<HealthMachine> machine_;
};

}  // namespace balancer

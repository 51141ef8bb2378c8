#pragma once
// What differs between two configurations, in words for the operator. Pure; any thread.

#include <string>
#include <vector>

#include "conf/config.h"

namespace conf {

struct Difference {
    /// What a reload changes, one line each, in the order of the reference:
    /// `pool.main.backend "a": weight 100 -> 50`, `domain "example.org" added`,
    /// `listen "0.0.0.0:5223" removed`.
    std::vector<std::string> changes;
    /// What only a restart can change, in the same form ([worker] threads, [log] format and file,
    /// [resumption] users).
    std::vector<std::string> needs_restart;

    bool empty() const { return changes.empty() && needs_restart.empty(); }
};

Difference difference(const Config& before, const Config& after);

}  // namespace conf

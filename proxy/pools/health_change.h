#pragma once
// What the log says of a change of a backend's health. A value; any thread.

#include <string_view>

#include "balancer/backend_id.h"
#include "balancer/health.h"

namespace proxy {

/// One transition of one backend, for the log. Views are valid during the call.
struct HealthChange {
    balancer::BackendId id;
    std::string_view pool;
    std::string_view backend;
    balancer::HealthMachine::Transition what;
    std::string_view detail;  // in words; may be empty
    std::string_view remedy;  // what helps, if more is known than the reason tells
};

}  // namespace proxy

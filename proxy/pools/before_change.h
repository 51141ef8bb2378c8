#pragma once
// One backend as it was before an operator's word changed it. A value, made on the control loop;
// any thread.

#include <cstdint>
#include <string>

#include "balancer/backend_id.h"
#include "balancer/member_state.h"

namespace proxy {

/// What was, for the words of what changed and how to undo it.
struct BeforeChange {
    std::uint32_t weight = 0;
    balancer::AdminState admin{};
    std::uint32_t sessions = 0;
    balancer::BackendId id{0};
    std::uint32_t file_weight = 0;
    std::string warning = {};      // what the change has left of the pool; empty: enough
    bool resume_anywhere = false;  // of the pool
};

}  // namespace proxy

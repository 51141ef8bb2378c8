// The words that logs and commands use.

#include "balancer/member_state.h"

namespace balancer {

std::string_view to_string(AdminState state) {
    switch (state) {
        case AdminState::ready: return "ready";
        case AdminState::drain: return "drain";
        case AdminState::maintenance: return "maintenance";
    }
    return "unknown";
}

std::string_view to_string(Health health) {
    switch (health) {
        case Health::unknown: return "unknown";
        case Health::up: return "up";
        case Health::down: return "down";
    }
    return "unknown";
}

}  // namespace balancer

#pragma once
// What a login asks of its backend. A session that is resumed (XEP-0198) costs far less than a new
// one: no roster, no presence of all contacts, no messages from the archive.

#include <cstdint>

namespace balancer {

/// In the order in which they are served.
enum class LoginKind : std::uint8_t { resumption, full };

/// In full logins.
constexpr double cost_of(LoginKind kind) {
    return kind == LoginKind::resumption ? 0.25 : 1.0;
}

}  // namespace balancer

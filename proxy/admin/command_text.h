#pragma once
// The operator's commands as a shell takes them, to be shown and copied. Pure; any thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "balancer/member_state.h"
#include "proxy/pools/member_name.h"

namespace proxy {

/// "stanzagate weight main/a 50"
std::string weight_command(const MemberName& member, std::uint32_t weight);
/// "stanzagate drain main/a"
std::string state_command(const MemberName& member, balancer::AdminState state);

}  // namespace proxy

#pragma once
// Finds out what would become of a login, without taking a turn or a place. Control loop's thread.

#include <optional>
#include <string_view>

#include "balancer/load_board.h"
#include "core/endpoint.h"
#include "core/event_loop.h"
#include "proxy/admin/explanation.h"
#include "proxy/pools/routing.h"
#include "proxy/resumption/remembered_users.h"

namespace proxy {

/// `user`: prepared bare JID with a localpart. `client`: where the login comes from, if that is
/// known.
Explanation explain(std::string_view user, const std::optional<core::Endpoint>& client,
                    const Routing& routing, balancer::LoadBoard& loads,
                    const RememberedUsers& remembered, core::TimePoint now);

}  // namespace proxy

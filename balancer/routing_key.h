#pragma once
// What a choice of backend may depend on.

#include <optional>
#include <string_view>

#include "balancer/backend_id.h"
#include "balancer/owner.h"
#include "core/endpoint.h"

namespace balancer {

/// Views need to live for the call only.
struct RoutingKey {
    std::string_view domain;  // of the stream header, A-label, lower case
    core::Endpoint client;
    std::optional<std::string_view> user;  // prepared bare JID, once the login has shown it
    std::optional<Owner> owner;            // of the session that the client may want to resume
    bool may_resume = true;                // the login, that session, as far as it shows
    /// The login has waited for its turn at this one, and has it.
    std::optional<BackendId> granted = {};
};

}  // namespace balancer

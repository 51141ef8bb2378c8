#pragma once
// A connection that a listener has taken, and who is at its ends. Any thread.

#include "core/endpoint.h"
#include "core/handle.h"
#include "proxy/legs/address_limits.h"

namespace proxy {

struct AcceptedClient {
    core::Fd socket;
    core::Endpoint peer;
    core::Endpoint local;     // as a PROXY header said; unspecified: the socket knows
    AddressPlace place = {};  // while it has no session
};

}  // namespace proxy

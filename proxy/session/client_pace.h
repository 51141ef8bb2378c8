#pragma once
// What a session whose client has a rate ([limits.rate]) keeps for it: the buckets, and the pause
// under way. Made with the first bytes of such a client after its login. Owned by the session.

#include <cstdint>
#include <memory>

#include "core/event_loop.h"
#include "proxy/session/client_rate.h"
#include "proxy/session/session_host.h"

namespace proxy {

struct ClientPace {
    ClientRate rate;
    std::unique_ptr<Deadline> end_of_pause;  // made with the first one
    core::TimePoint paused_at;
    std::uint64_t others = 0;   // presence and iq so far
    bool is_paused = false;     // its client is not read before end_of_pause
    bool is_link_full = false;  // nor before the backend has taken what waits for it
};

}  // namespace proxy

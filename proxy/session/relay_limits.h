#pragma once
// How large what passes a relay may be after login, in each direction. Pure; any thread.

#include "conf/config.h"
#include "xmpp/limits.h"

namespace proxy {

struct RelayLimits {
    xmpp::ScanLimits from_client;   // as [limits] says
    xmpp::ScanLimits from_backend;  // wide enough for what a server makes of that

    friend bool operator==(const RelayLimits& one, const RelayLimits& other);
};

/// What a backend sends has bounds of its own, because it is more than clients have sent: servers
/// add to a stanza (`from`, xml:lang, delays, carbons around it), write it anew (`"` as &quot;,
/// namespaces declared at each element), and make large ones themselves (rosters, lists of rooms).
/// With the bound of clients, a client that writes a stanza just below it would end the session of
/// its receiver.
RelayLimits relay_limits(const conf::Limits& limits);

}  // namespace proxy

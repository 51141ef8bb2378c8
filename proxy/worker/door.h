#pragma once
// What a kind of listener is to its clients, one who stands before it, and how he is turned away in
// the words of the port. Loop thread only.

#include <memory>
#include <string_view>

#include "core/event_loop.h"
#include "proxy/legs/accepted_client.h"
#include "proxy/legs/tcp_client_leg.h"
#include "proxy/session/session_host.h"
#include "proxy/web/web_shared.h"
#include "xmpp/stream_error.h"
#include "xmpp/stream_header.h"

namespace proxy {

/// It does not move: sessions and legs refer to it.
struct Door {
    Frontend frontend;
    TcpClients clients;
};

/// A connection that has been accepted, and nothing more.
struct Caller {
    const Door* door = nullptr;                    // of a kind that is one TCP stream, else null
    std::shared_ptr<const WebDoor> web = nullptr;  // of a web kind, else null
    AcceptedClient client;
    core::TimePoint came;
};

/// RFC 6120 section 4.7.3: unique and unpredictable.
xmpp::StreamId make_stream_id();

/// Says why where that is possible before TLS, which is what we save: a stream error, or 503 of
/// HTTP (429 for a policy violation). To be followed by the socket's close, which is then no reset
/// that would drop these words.
void turn_away(const Caller& caller, xmpp::StreamErrorCondition condition, std::string_view text);

/// Has this client given up? Also if something that it sent before still lies in the socket.
bool has_left(const Caller& caller);

}  // namespace proxy

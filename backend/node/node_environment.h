#pragma once
// What all sessions of one node share, and what they ask of their node. Owned by the node, outlives
// them; loop thread only.

#include <functional>

#include "backend/node/departure.h"
#include "backend/node/login_delays.h"
#include "backend/node/recent_users.h"
#include "backend/node/side_thread.h"
#include "backend/node/store_patience.h"
#include "backend/store/store.h"
#include "backend/stream/stream_actions.h"
#include "conf/node_config.h"
#include "core/connection.h"
#include "core/event_loop.h"
#include "xmpp/stream_scanner.h"

namespace backend {

class NodeSession;

struct NodeEnvironment {
    core::EventLoop& loop;
    SideThread& side;
    NodeName name;
    conf::NodeProxy proxy;
    conf::NodeLimits limits;
    Locality locality;
    StreamSettings stream;
    core::Watermarks watermarks;
    xmpp::ScanWorkPool scan_work;
    LoginDelays delays;
    RecentUsers recent_users;
    Now now = core::Clock::now;
    Store* store = nullptr;  // there as long as sessions are

    // The node's answers to what happens to a session.
    std::function<void(NodeSession&)> on_bound;
    std::function<void(NodeSession&)> on_left;  // it is not the session's copy here any more
    std::function<void(NodeSession&)> on_gone;  // to be deleted
    /// Lets a session wait for its client.
    std::function<void(SessionRef, Epoch)> detach;
    /// Ends a session in the store, whoever owns it; `on_done` may be empty.
    std::function<void(SessionRef, TakeReason, std::function<void()> on_done)> depart;
};

}  // namespace backend

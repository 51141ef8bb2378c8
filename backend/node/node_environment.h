#pragma once
// What surrounds the sessions of one node: what they share, and the node as they see it. Owned by
// the node, outlives them; loop thread only.

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

/// What a session tells its node of itself, and asks of it.
class NodeSessionHost {
public:
    virtual void on_bound(NodeSession& session) = 0;
    /// It is not the session's copy here any more.
    virtual void on_left(NodeSession& session) = 0;
    /// To be deleted.
    virtual void on_gone(NodeSession& session) = 0;
    /// Lets a session wait for its client.
    virtual void detach(const SessionRef& session, Epoch epoch) = 0;
    /// Ends a session in the store, whoever owns it; `on_done` may be empty.
    virtual void depart(SessionRef session, TakeReason reason, std::function<void()> on_done) = 0;

protected:
    ~NodeSessionHost() = default;
};

struct NodeEnvironment {
    core::EventLoop& loop;
    NodeSessionHost& host;
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
};

}  // namespace backend

#pragma once
// One node of the cluster: its listener, the sessions of its clients, its place in the store, and
// what it does for the cluster by the way (its lease, sessions whose time is over). Made on any
// thread before its loop runs; from then on loop thread only, but for its destruction after the
// loop has ended.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "backend/node/departure.h"
#include "backend/node/node_environment.h"
#include "backend/node/node_session.h"
#include "backend/node/store_watch.h"
#include "backend/store/attach.h"
#include "backend/store/store.h"
#include "conf/node_config.h"
#include "core/listener.h"
#include "core/result.h"
#include "core/timer.h"

namespace backend {

class Node final : private StoreEvents, private NodeSessionHost {
public:
    struct Settings {
        conf::NodeTable node;
        conf::NodeLimits limits;
        std::uint32_t sessions = 0;  // most streams at once
        SaltSecret salt_secret;
    };

    /// Listens at once; connections wait in the kernel until the loop runs. The error says in words
    /// why that cannot be.
    static core::Result<std::unique_ptr<Node>, std::string> create(core::EventLoop& loop,
                                                                   const Settings& settings,
                                                                   const AttachStore& attach);
    ~Node();

    /// Says goodbye to all; `on_done` when no session is left.
    void shut_down(std::function<void()> on_done);
    std::size_t sessions() const { return all_.size(); }
    core::Endpoint local() const { return listener_->local(); }

private:
    Node(core::EventLoop& loop, const Settings& settings);

    using Key = std::pair<SessionId, Epoch>;
    static Key key_of(const SessionId& id, Epoch epoch) { return {id, epoch}; }

    void on_queued(const SessionRef& session, Epoch epoch,
                   std::vector<QueuedStanza> stanzas) override;
    void on_taken(const SessionRef& session, Epoch old_epoch) override;
    void on_must_end(const SessionRef& session, std::string_view condition) override;

    void on_bound(NodeSession& session) override;
    void on_left(NodeSession& session) override;
    void on_gone(NodeSession& session) override;
    void detach(const SessionRef& session, Epoch epoch) override;
    void depart(SessionRef session, TakeReason reason, std::function<void()> on_done) override;

    void on_accept(core::Fd socket, const core::Endpoint& peer);
    bool is_trusted(const core::Endpoint& peer) const;
    void renew_lease();
    void sweep();
    /// Looks whether the store answers.
    void watch_store();
    void finish_if_empty();

    core::EventLoop& loop_;
    Settings settings_;
    SideThread side_;
    NodeEnvironment environment_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<core::Listener> listener_;
    std::unordered_map<NodeSession*, std::unique_ptr<NodeSession>> all_;
    std::map<Key, NodeSession*> bound_;
    std::map<SessionId, std::unique_ptr<Departure>> departures_;           // by session id
    std::map<SessionId, std::vector<std::function<void()>>> on_departed_;  // the same
    std::vector<std::pair<SessionRef, Epoch>> undetached_;  // the store has failed for them
    core::Timer lease_;
    core::Timer sweep_;
    core::Timer look_;
    StoreWatch watch_;
    std::function<void()> on_empty_;  // set: the node stops
    bool is_lease_kept_ = true;
};

}  // namespace backend

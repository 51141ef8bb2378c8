#pragma once
// The way of news from the engine of the embedded store to one node. Shared by the node's store and
// the engine, whose threads differ.

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "backend/store/sqlite/request.h"
#include "core/event_loop.h"

namespace backend {

class SqliteDoor : public std::enable_shared_from_this<SqliteDoor> {
public:
    using Receive = std::function<void(std::vector<SqliteNews>)>;

    SqliteDoor(core::EventLoop& loop, NodeName node_name, NodeLife node_life, Receive receive);
    /// Nothing is received from now on. Loop thread, and so is is_open.
    void close();
    bool is_open() const { return loop_ != nullptr; }
    /// Hands `news` to the node's loop, unless it is closed. The engine's thread.
    void post(std::vector<SqliteNews> news);

    const NodeName name;
    const NodeLife life;

private:
    std::mutex mutex_;       // held while posting, so that the loop is still there
    core::EventLoop* loop_;  // null: closed; changed by the loop's thread under mutex_
    Receive receive_;
};

}  // namespace backend

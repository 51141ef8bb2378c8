#pragma once
// One TCP connection attempt within a deadline. Trying candidates in order is a loop of its owner.
// Destroyed means cancelled. Loop thread only.

#include <chrono>
#include <functional>

#include "core/endpoint.h"
#include "core/event_loop.h"
#include "core/handle.h"
#include "core/timer.h"

namespace core {

class Connector {
public:
    /// `fd` is connected (error 0), or none with the errno (ETIMEDOUT for our own deadline). Comes
    /// exactly once, from the loop, never from within connect(); it may destroy the connector.
    using OnDone = std::function<void(Fd fd, int error)>;

    Connector(EventLoop& loop, const Endpoint& target, std::chrono::milliseconds deadline,
              OnDone on_done);

private:
    void start(const Endpoint& target);
    void finish(int error);

    EventLoop& loop_;
    OnDone on_done_;
    Fd socket_;
    Event writable_;
    Timer deadline_;
    int error_ = 0;
};

}  // namespace core

#pragma once
// A listening socket of one worker. Workers share an address (SO_REUSEPORT), so that the kernel
// spreads connections and nothing is handed between threads. Loop thread only.

#include <functional>
#include <string>
#include <vector>

#include "core/endpoint.h"
#include "core/event_loop.h"
#include "core/handle.h"
#include "core/result.h"

namespace core {

class Listener {
public:
    /// `on_accept` gets each connection: non-blocking, close-on-exec, Nagle off, with the peer's
    /// address.
    using OnAccept = std::function<void(Fd, const Endpoint& peer)>;

    /// Listens where nobody else does; port 0 takes a free one. The error says what the system
    /// said.
    static Result<Fd, std::string> bind(const Endpoint& address, int backlog);
    /// The same for `count` sockets that share the address, also with other processes that share
    /// it.
    static Result<std::vector<Fd>, std::string> bind_shared(const Endpoint& address, int backlog,
                                                            unsigned count);
    /// Whether nobody listens there. To be asked before sharing: a process that was started twice
    /// by mistake would take half of the connections.
    static Result<void, std::string> check_free(const Endpoint& address);

    Listener(EventLoop& loop, Fd socket, OnAccept on_accept);

    /// Stops accepting; connections in the kernel's queue are taken by no one and reset.
    void close();
    /// The same after all that are in the queue have been accepted.
    void drain_and_close();
    /// How many connections the kernel holds before accept.
    void set_backlog(int backlog);
    Endpoint local() const;

private:
    /// Takes what waits, up to a bound; returns how many.
    int accept_some();
    void pause();

    EventLoop& loop_;
    Fd socket_;
    OnAccept on_accept_;
    Event readable_;
    Event resume_;
};

}  // namespace core

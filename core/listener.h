#pragma once
// A listening socket of one worker. Workers share an address (SO_REUSEPORT), so that the kernel
// spreads connections and nothing is handed between threads. Loop thread only.

#include <functional>
#include <string>
#include <system_error>
#include <vector>

#include "core/endpoint.h"
#include "core/event_loop.h"
#include "core/handle.h"
#include "core/result.h"
#include "core/tcp_socket.h"

namespace core {

class Listener {
public:
    /// `on_accept` gets each connection: non-blocking, close-on-exec, Nagle off, with the peer's
    /// address.
    using OnAccept = std::function<void(Fd, const Endpoint& peer)>;

    /// How long the kernel holds connections, and what it does about peers that vanish.
    struct Settings {
        int backlog;  // connections that wait for accept
        Keepalive keepalive;
    };

    /// Listens where nobody else does; port 0 takes a free one. The error is the system's.
    static Result<Fd, std::error_code> bind(const Endpoint& address, const Settings& settings);
    /// The same for `count` sockets that share the address, also with other processes that share
    /// it.
    static Result<std::vector<Fd>, std::error_code> bind_shared(const Endpoint& address,
                                                                const Settings& settings,
                                                                unsigned count);
    /// Whether nobody listens there. To be asked before sharing: a process that was started twice
    /// by mistake would take half of the connections.
    static Result<void, std::error_code> check_free(const Endpoint& address);

    Listener(EventLoop& loop, Fd socket, OnAccept on_accept);

    /// Stops accepting; connections in the kernel's queue are taken by no one and reset.
    void close();
    /// The same after all that are in the queue have been accepted.
    void drain_and_close();
    /// The same socket once more, for a process that is to listen there, too; none: no descriptor
    /// is left.
    Fd share();
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
    bool is_shared_ = false;
};

/// For the operator: "cannot listen on ADDRESS", why, and what to do about it.
std::string cannot_listen(const Endpoint& address, std::error_code why);

}  // namespace core

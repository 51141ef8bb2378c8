#pragma once
// Connections from proxies that tell first who their client is (core/proxy_protocol): they wait
// here until the whole header has come, and go on as connections of that client. Exactly the header
// is taken from the socket, so what follows is whole for TLS, XML and HTTP. Owned by the worker;
// loop thread only.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/endpoint.h"
#include "core/event_loop.h"
#include "core/handle.h"
#include "proxy/legs/accepted_client.h"

namespace proxy {

class ProxiedAccepts {
public:
    /// Called once for each connection, also from within accept(): with the client, or with nothing
    /// when the connection is closed.
    using OnDone = std::function<void(std::optional<AcceptedClient>)>;

    explicit ProxiedAccepts(core::EventLoop& loop);
    /// Closes what waits, without a call.
    ~ProxiedAccepts();

    /// Reads the header of a connection from `proxy`, which has `patience` for all of it. A header
    /// that names nobody (LOCAL, UNKNOWN, other than TCP over IP) leaves the connection its own
    /// addresses. Such a connection, and one whose client is the proxy itself, goes on with the
    /// first byte behind the header, for a health check ends there. Closed and told in the log is
    /// what begins with anything else.
    void accept(core::Fd socket, const core::Endpoint& proxy, std::chrono::milliseconds patience,
                OnDone on_done);
    /// Closes what waits.
    void close_all();
    std::size_t waiting() const { return waiting_.size(); }

private:
    class Waiting;

    /// Of the table's end; the others keep their places.
    std::unique_ptr<Waiting> take(Waiting& one);

    core::EventLoop& loop_;
    std::vector<std::unique_ptr<Waiting>> waiting_;
};

}  // namespace proxy

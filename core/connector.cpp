#include "core/connector.h"

#include <sys/socket.h>

#include <cerrno>
#include <new>
#include <utility>

#include "core/tcp_socket.h"

namespace core {

namespace {

/// A server that vanished (power, network) is given up after 90 seconds, until the owner of the
/// connection knows better (Connection::set_keepalive).
constexpr Keepalive kServerKeepalive{.idle_seconds = 60, .interval_seconds = 10, .probes = 3};

}  // namespace

Connector::Connector(EventLoop& loop, const Endpoint& target, std::chrono::milliseconds deadline,
                     OnDone on_done)
    : loop_(loop), on_done_(std::move(on_done)), deadline_(loop, [this] { finish(ETIMEDOUT); }) {
    start(target);
    const auto on_writable = [](evutil_socket_t, short, void* raw) noexcept {
        auto* self = static_cast<Connector*>(raw);
        int error = self->error_;
        if (error == 0) {
            socklen_t length = sizeof error;
            ::getsockopt(self->socket_.get(), SOL_SOCKET, SO_ERROR, &error, &length);
        }
        self->finish(error);
    };
    writable_.reset(event_new(loop_.base(), socket_.get(), EV_WRITE, on_writable, this));
    if (!writable_) throw std::bad_alloc();
    if (error_ != 0) {
        event_active(writable_.get(), EV_WRITE, 0);
    } else {
        event_add(writable_.get(), nullptr);
        deadline_.start(deadline);
    }
}

void Connector::start(const Endpoint& target) {
    sockaddr_storage raw;
    const auto length = target.to_sockaddr(raw);
    socket_.reset(::socket(raw.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket_) {
        error_ = errno;
        return;
    }
    prepare_tcp(socket_.get(), kServerKeepalive);
    if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&raw), length) != 0 &&
        errno != EINPROGRESS) {
        error_ = errno;
    }
}

void Connector::finish(int error) {
    writable_.reset();
    deadline_.cancel();
    // Taken off first: the callback may destroy this connector.
    const auto on_done = std::move(on_done_);
    Fd socket = std::move(socket_);
    if (error != 0) socket.reset();
    on_done(std::move(socket), error);
}

}  // namespace core

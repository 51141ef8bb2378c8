#pragma once
// One TCP connection on an event loop: bytes in, bytes out, two watermarks, and TLS as one switch.
// Its owner (a session or a backend link) holds it by value and is told of events through
// ConnectionEvents. Loop thread only. An idle connection holds no buffers: reading and TLS run over
// the loop's Scratch, and bytes are kept only while a consumer cannot take them yet or a peer is slow.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/endpoint.h"
#include "core/event_loop.h"
#include "core/handle.h"

namespace core {

/// Why a connection broke. A peer's orderly FIN or close_notify is no break: see on_end.
enum class Broken : std::uint8_t {
    reset,            // ECONNRESET, EPIPE and their kin
    timed_out,        // TCP gave up
    tls_failed,       // handshake refused, bad record, bad certificate
};
std::string_view to_string(Broken why);

/// Owner of a Connection. Any of these may close the connection or defer_delete its owner.
class ConnectionEvents {
public:
    /// Bytes arrived. `window` is all that is not consumed yet, valid until the call returns. Returns
    /// how many bytes from its front are done with; the connection keeps the rest and shows it again,
    /// extended, when more arrives.
    virtual std::size_t on_bytes(std::string_view window) = 0;
    /// The peer will send no more (FIN or close_notify). Bytes may still be written.
    virtual void on_end() = 0;
    /// The connection is gone; nothing can be written any more.
    virtual void on_broken(Broken why) = 0;
    /// Pending output fell to the low watermark after it had passed the high one, or became empty.
    virtual void on_drained() {}
    /// The TLS handshake that start_tls() began is complete.
    virtual void on_secured() {}

protected:
    ~ConnectionEvents() = default;
};

/// Bytes of pending output at which the source of a relay stops, and at which it goes on.
struct Watermarks {
    std::uint32_t low = 64 * 1024;
    std::uint32_t high = 256 * 1024;
};

class Connection {
public:
    enum class TlsRole : std::uint8_t { accepting, connecting };

    /// Takes a connected, non-blocking socket. Reading starts with resume_reading().
    Connection(EventLoop& loop, Fd fd, ConnectionEvents& owner);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// From here on all bytes are TLS. Input that was received in clear and not consumed must be
    /// empty (asserted): bytes never cross from the clear stream into the protected one.
    void start_tls(Ssl ssl, TlsRole role);
    /// Sends `bytes` now as far as the peer takes them and keeps the rest. Returns false when pending
    /// output stands above the high watermark: stop the source until on_drained.
    bool send(std::string_view bytes);
    /// No more bytes will be sent: flush, then close_notify (TLS) and FIN. Input stays open.
    void finish();
    void pause_reading();
    void resume_reading();
    /// Closes at once and drops what is pending. The peer sees FIN, or RST if input was left unread.
    void close();

    bool is_open() const noexcept { return static_cast<bool>(fd_); }
    bool is_secure() const noexcept { return ssl_ != nullptr; }
    bool is_over_high() const noexcept;
    /// Bytes accepted by send() that the peer's socket has not taken.
    std::size_t pending_output() const noexcept;
    /// Bytes received and not consumed by the owner.
    std::size_t pending_input() const noexcept;
    /// The TLS object, or null; for facts (version, cipher, ALPN, SNI), never for I/O.
    SSL* ssl() const noexcept { return ssl_.get(); }
    int fd() const noexcept { return fd_.get(); }
    Endpoint peer() const;
    Endpoint local() const;
    void set_watermarks(Watermarks marks) noexcept { marks_ = marks; }
};

}  // namespace core

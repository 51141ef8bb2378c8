#pragma once
// One TCP connection on an event loop: bytes in, bytes out, two watermarks, and TLS as one switch.
// Its owner (a session or a backend link) holds it by value and is told of events through
// ConnectionEvents. Loop thread only. An idle connection holds no buffers: reading and TLS run over
// the loop's Scratch, and bytes are kept only while a consumer cannot take them yet or a peer is
// slow.
//
//   socket -> [cipher scratch -> TlsChannel ->] plain scratch -> on_bytes; what it leaves -> input_
//   send() -> [TlsChannel -> record scratch ->] one send(2);   what the socket leaves  -> output_

#include <event2/event_struct.h>

#include <cstdint>
#include <memory>
#include <string_view>

#include "core/byte_buffer.h"
#include "core/channel_bindings.h"
#include "core/endpoint.h"
#include "core/event_loop.h"
#include "core/handle.h"
#include "core/tcp_socket.h"
#include "core/tls/record_layer.h"
#include "core/tls/tls_channel.h"
#include "core/tls_facts.h"

namespace core {

/// Why a connection broke. A peer's orderly FIN or close_notify is no break: see on_end.
enum class Broken : std::uint8_t {
    reset,       // ECONNRESET, EPIPE and their kin
    timed_out,   // TCP gave up
    tls_failed,  // handshake refused, bad record, bad certificate
};
std::string_view to_string(Broken why);

/// Owner of a Connection. Any of these may close the connection or defer_delete its owner.
class ConnectionEvents {
public:
    /// Bytes arrived. `window` is all that is not consumed yet, valid until the call returns.
    /// Returns how many bytes from its front are done with; the connection keeps the rest and shows
    /// it again, extended, when more arrives. It sets no bound on what is kept: the owner must
    /// refuse or consume.
    virtual std::size_t on_bytes(std::string_view window) = 0;
    /// The peer will send no more (FIN or close_notify). Bytes may still be written.
    virtual void on_end() = 0;
    /// Nothing can be read or written any more; comes also while reading is paused. `detail` is for
    /// the log: the system's or OpenSSL's words.
    virtual void on_broken(Broken why, std::string_view detail) = 0;
    /// Pending output had passed the high watermark and has fallen to the low one; or finish() was
    /// called while output was pending, and all of it is sent now.
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
    using TlsRole = TlsChannel::Role;
    /// What the peer may write in clear behind what led to TLS: some end each element with a line.
    enum class ClearTail : std::uint8_t { nothing, white_space };

    /// Takes a connected, non-blocking socket. Reading starts with resume_reading(). `marks` must
    /// outlive the connection.
    Connection(EventLoop& loop, Fd fd, ConnectionEvents& owner, const Watermarks& marks);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// From here on `owner` is told of events. Within on_bytes, what that call leaves of the window
    /// is shown to it in a later turn.
    void hand_over(ConnectionEvents& owner) noexcept { owner_ = &owner; }
    /// From here on all bytes are TLS. When called within on_bytes, that call must return with the
    /// whole window consumed: bytes never cross from the clear stream into the protected one. White
    /// space of `tail` that is still under way is dropped in front of the peer's first record, 255
    /// bytes at most; TLS refuses all else. `layer` as TlsChannel takes it.
    void start_tls(Ssl ssl, TlsRole role, ClearTail tail = ClearTail::nothing,
                   RecordLayer layer = RecordLayer::openssl);
    /// Sends `bytes` as far as the peer takes them now and keeps the rest. Ignored after finish().
    /// False when pending output stands above the high watermark: stop the source until on_drained.
    bool send(std::string_view bytes);
    /// No more will be sent: flush, then close_notify (TLS) and FIN. Input stays open.
    void finish();
    /// The same for a peer that shall see a lost connection: once all that send() has taken is
    /// acknowledged, RST instead of close_notify and FIN, and on_broken; close() before that sends
    /// the RST at once. TCP only.
    void finish_with_reset();
    /// From here on no on_bytes and no on_end, until resume_reading().
    void pause_reading();
    /// Reads again; input that was left is shown in a later turn.
    void resume_reading();
    /// Other times of keep-alive (core/tcp_socket.h).
    void set_keepalive(const Keepalive& keepalive);
    /// Closes at once and drops what is pending. No callback comes any more.
    void close();

    bool is_open() const noexcept { return static_cast<bool>(fd_); }
    bool is_secure() const noexcept { return tls_ != nullptr && secured_; }
    /// Bytes taken by send() that the peer's socket has not taken.
    std::size_t pending_output() const noexcept { return output_.size(); }
    /// Bytes received and not consumed by the owner.
    std::size_t pending_input() const noexcept;
    /// As the functions of tls_facts.h and shown_certificate.h have them. Within on_secured; where
    /// is_compact() is false, as long as the connection is secure.
    TlsFacts tls_facts() const;
    ChannelBindings channel_bindings() const;
    Certificate shown_certificate() const;
    /// Its records need no TLS object of OpenSSL.
    bool is_compact() const noexcept {
        return tls_ != nullptr && tls_->layer() == RecordLayer::compact;
    }
    /// The TLS object, or null; to judge the certificate of a server, never for I/O.
    SSL* ssl() const noexcept { return tls_ ? tls_->ssl() : nullptr; }
    Endpoint peer() const;
    Endpoint local() const;

private:
    void on_readable();
    void on_writable();
    void read_clear();
    void read_tls();
    void drop_clear_tail(std::string_view& received);
    /// Runs the handshake as far as `received` leads; false when it is not complete or has failed.
    bool handshake();
    void count_done();
    /// It is secure, and we are its server.
    bool serves_tls() const;
    /// Does nothing but for a handshake of a client that is under way.
    void count_failed(TlsFailure why);
    /// Decrypts until `received` is used up, handing plaintext to the owner.
    void decrypt();
    /// Shows input to the owner and keeps what it leaves. `fresh` lies in the plain scratch and is
    /// used when nothing was kept before.
    void deliver(std::string_view fresh);
    void flush_records();
    /// Sends what OpenSSL wrote by itself while it read; false when the peer takes none of it.
    bool flush_answers();
    void write_out(std::string_view bytes);
    void end_output();
    /// Looks until nothing is under way any more.
    void reset_when_acknowledged();
    void end_input();
    void break_off_later(int error);
    void break_off(Broken why, std::string_view detail);
    void fail_tls(std::string_view words);

    EventLoop& loop_;
    ConnectionEvents* owner_;
    const Watermarks& marks_;
    std::unique_ptr<TlsChannel> tls_;
    Fd fd_;
    bool reading_ : 1 = false;
    bool secured_ : 1 = false;
    bool input_ended_ : 1 = false;
    bool redeliver_ : 1 = false;  // input_ holds bytes that the owner asked to see again
    bool finishing_ : 1 = false;
    bool resetting_ : 1 = false;
    bool over_high_ : 1 = false;
    bool awaits_client_ : 1 = false;     // its handshake is under way and not counted yet
    std::uint8_t tail_bytes_left_ = 0;   // of white space that may precede the first record
    std::int16_t write_error_ = 0;       // errno of a failed send(), until the owner has been told
    std::uint32_t tls_began_ = 0;        // microseconds of the clock, as far as they fit
    std::uint32_t waiting_answers_ = 0;  // bytes of OpenSSL's own since output_ was empty
    ByteBuffer input_;
    ByteBuffer output_;
    event readable_;
    Event writable_;  // exists only while output_ waits, or what is under way is waited for
};

}  // namespace core

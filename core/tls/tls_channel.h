#pragma once
// TLS of one connection: OpenSSL shakes hands, and then records are opened and sealed, by OpenSSL
// or, of a server, without it (tls_records.h). Bytes come from and go to the loop's Scratch: what
// the peer sent lies in `tls.received`, what is to be sent to it is appended to `tls.records`. Loop
// thread only.
// Why: core/README.md, "Records without an SSL object".

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/byte_buffer.h"
#include "core/event_loop.h"
#include "core/handle.h"
#include "core/tls/handshake_keys.h"
#include "core/tls/record_layer.h"
#include "core/tls/tls_records.h"

namespace core {

class TlsChannel {
public:
    enum class Role : std::uint8_t { accepting, connecting };
    /// `ssl` is fresh. With `compact` its records need no OpenSSL once the handshake is complete,
    /// if what was agreed on allows it; accepting only.
    TlsChannel(Ssl ssl, Role role, RecordLayer layer, Scratch& scratch);
    ~TlsChannel() = default;
    TlsChannel(const TlsChannel&) = delete;
    TlsChannel& operator=(const TlsChannel&) = delete;

    enum class Step : std::uint8_t { more, done, failed };
    /// Runs the handshake as far as `received` leads. `failed`: ssl() and this thread's OpenSSL
    /// error queue say why.
    Step shake_hands(Scratch& scratch);
    /// What is to be known of the handshake has been asked: an SSL object that is not needed any
    /// more goes.
    void settle();

    /// Room that read() needs.
    static constexpr std::size_t kReadRoom = TlsRecords::kMostPlain + 256;
    struct Read {
        enum class What : std::uint8_t {
            data,    // `bytes` of the application
            more,    // all of `received` is used up
            end,     // close_notify
            failed,  // `why` is for the log; an alert, where one is due, is in `records`
        };
        What what;
        std::size_t bytes = 0;
        std::string why = {};
    };
    /// Opens records until one has data for the application, or nothing is left.
    Read read(Scratch& scratch, char* out, std::size_t room);
    /// False: OpenSSL failed, for want of memory.
    bool write(Scratch& scratch, std::string_view bytes);
    void close_notify(Scratch& scratch);

    /// Who opens and seals its records once the handshake is complete.
    RecordLayer layer() const noexcept {
        return records_ ? RecordLayer::compact : RecordLayer::openssl;
    }
    /// Of a record that has not come whole yet; OpenSSL keeps such bytes to itself.
    std::size_t pending_input() const noexcept { return partial_.size(); }
    /// Null once settle() has dropped it.
    SSL* ssl() const noexcept { return ssl_.get(); }

private:
    void adopt_keys();
    Read read_by_openssl(char* out, std::size_t room);
    Read read_compact(Scratch& scratch, char* out);
    /// What the next record is to be read from: `received`, or what is kept of a record and as much
    /// of `received` as completes it.
    std::string_view front(std::string_view& received);

    Ssl ssl_;
    std::unique_ptr<HandshakeKeys> keys_;  // while the handshake runs, for a compact one
    ByteBuffer partial_;
    std::optional<TlsRecords> records_;
};

}  // namespace core

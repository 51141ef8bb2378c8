#pragma once
// The way from a session to its client, as an interface: bytes both ways, TLS where it begins in
// clear, and an end. One TCP connection (tcp_client_leg) is its first implementation. The session
// speaks <stream:stream> on every leg; a framed one (RFC 7395, XEP-0206) translates. Owned by the
// session; loop thread only.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/endpoint.h"
#include "core/handle.h"
#include "core/result.h"
#include "proxy/legs/byte_sink.h"
#include "proxy/legs/client_facts.h"
#include "xmpp/stream_error.h"

namespace proxy {

/// Why a client is lost; words for it come along.
enum class ClientLoss : std::uint8_t { connection, tls };

/// Why what a client sent can be no part of its stream.
struct ClientFault {
    bool is_of_frames = false;  // of the transport below, not of XML
    xmpp::StreamErrorCondition condition{};
    std::string_view rule;  // static text, for the log
    std::string text;       // for the client: what would be right; may be empty
};

/// Called from the loop, never from within a call of the leg. Any of these may finish or abandon
/// the leg.
class ClientLegEvents {
public:
    /// Bytes of the stream have come. `window` is all that is not consumed yet, valid until the
    /// call returns. Returns how many bytes from its front are done with; the leg keeps the rest
    /// and shows it again, extended, when more comes.
    virtual std::size_t on_client_bytes(std::string_view window) = 0;
    /// It broke the rules of its transport; only legs that know some say so. Nothing more is shown,
    /// but words may still be sent to it.
    virtual void on_client_broke_rules(const ClientFault& fault) = 0;
    /// The TLS that start_tls() began is there, and facts() tell of it.
    virtual void on_client_secured() = 0;
    /// The client will send no more. Bytes may still be sent to it.
    virtual void on_client_end() = 0;
    /// Nothing can be read or sent any more. `detail` is for the log, valid during the call.
    virtual void on_client_lost(ClientLoss why, std::string_view detail) = 0;
    /// After a send() that returned false: more may be sent now.
    virtual void on_client_drained() = 0;
    /// After finish(): everything has been said and the client is gone. Nothing follows.
    virtual void on_client_gone() = 0;

protected:
    ~ClientLegEvents() = default;
};

class ClientLeg : public ByteSink {
public:
    virtual ~ClientLeg() = default;

    /// Reads from now on. `events` outlives the leg.
    virtual void begin(ClientLegEvents& events) = 0;

    virtual void pause_reading() = 0;
    virtual void resume_reading() = 0;

    /// From here on all bytes are TLS, with the certificate of `domain` for a client that names
    /// none (empty: the default one). Only for a leg that is not secure from the start. Within
    /// on_client_bytes(), that call must return with the whole window consumed. The error is in
    /// words for the log; nothing more can be said to the client then.
    [[nodiscard]] virtual core::Result<void, std::string> start_tls(std::string_view domain) = 0;

    virtual const core::Endpoint& peer() const = 0;
    /// What is known of the client, its `unique_id` excepted. Valid once the leg is secure, and
    /// until settle().
    virtual const ClientFacts& facts() const = 0;
    /// The certificate that the client was shown; null when that is not known. Valid as facts()
    /// are.
    virtual core::Certificate shown_certificate() const = 0;
    /// A backend has been found: neither is asked for any more, and they need no room.
    virtual void settle() = 0;

    /// Nothing more will be sent, and what comes is dropped. What was sent reaches the client
    /// first; on_client_gone() follows unless is_gone() says so already.
    virtual void finish() = 0;
    /// Closes at once and drops what was not sent. No event comes any more.
    virtual void abandon() = 0;
    /// The client has ended and has got all that was sent, or the leg is lost or abandoned.
    virtual bool is_gone() const = 0;
};

}  // namespace proxy

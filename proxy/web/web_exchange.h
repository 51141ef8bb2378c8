#pragma once
// One request of a web connection, and how it is answered. Loop thread only.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/endpoint.h"
#include "http/head_fields.h"
#include "http/refusal.h"
#include "proxy/legs/address_limits.h"
#include "proxy/legs/client_facts.h"

namespace proxy {

/// Whose request it is: of a client that has just come, or on a connection that is there already.
enum class WebClientComes : std::uint8_t { anew, again };

/// The way from an exchange back to its client: what its connection does for it.
class WebAnswer {
public:
    /// A part of the response, from its status line on. False: enough for now, until
    /// on_client_drained().
    virtual bool send(std::string_view bytes) = 0;
    /// An interim head (1xx): the response itself follows.
    virtual void send_interim(std::string_view head) = 0;
    /// The head that was sent agrees to another protocol: from here on whatever the client sends
    /// goes to on_body(), and the end of that to on_body_complete().
    virtual void begin_tunnel() = 0;
    /// All of the response has been sent; the exchange is destroyed when its call returns.
    virtual void complete(bool keeps_alive) = 0;
    /// An error page, and the end of the connection. Before anything was sent.
    virtual void refuse(const http::Refusal& why, std::span<const http::HeadField> fields = {}) = 0;
    /// A whole response with this body, and what follows from it: complete() is called.
    virtual void respond(std::uint16_t status, std::span<const http::HeadField> fields,
                         std::string_view body) = 0;
    /// The response cannot be completed: the client sees a connection that breaks off.
    virtual void break_off() = 0;
    /// After on_body() said no: the rest of the body is wanted.
    virtual void resume_body() = 0;

    /// A place for a session of this client, as WebHost has it; `place` becomes that session's.
    virtual std::optional<Refused> take_place(AddressPlace& place) = 0;
    /// Its request is one of a session, which counts by itself: [limits.address] before_login does
    /// not count the connection any more.
    virtual void leave_place() = 0;

    virtual const core::Endpoint& client() const = 0;
    virtual WebClientComes comes() const = 0;
    virtual bool is_tls() const = 0;  // the client's way to us, or to who is trusted in front
    /// Of that way, as far as it is known here.
    virtual ClientFacts facts() const = 0;
    /// May another request follow? What the response should say.
    virtual bool keeps_alive() const = 0;
    /// Bytes of the response that the client has not taken.
    virtual std::size_t pending_output() const = 0;

protected:
    ~WebAnswer() = default;
};

/// Destroyed when it is over, when its client is gone, and when its connection ends.
class WebExchange {
public:
    virtual ~WebExchange() = default;
    /// The next part of the request's body. False: no more for now, until resume_body().
    virtual bool on_body(std::string_view bytes) = 0;
    virtual void on_body_complete() = 0;
    virtual void on_client_drained() {}
    /// What a refusal of this request says beside why; a page of another origin cannot even read
    /// the status without.
    virtual std::vector<http::HeadField> refusal_fields() const { return {}; }
    /// It is over, whoever ended it; nothing may be asked of the WebAnswer any more. Destroyed
    /// soon.
    virtual void on_over() {}
    /// Whether it tells a client that waits for "100 Continue" itself; else that is told at once.
    virtual bool says_continue() const { return false; }
    /// Whether it goes on for a client that will send no more, but may still read (RFC 9112 section
    /// 9.6).
    virtual bool outlives_half_close() const { return false; }
};

}  // namespace proxy

#pragma once
// The opening handshake of a WebSocket, for the server, and what a backend answers to one that was
// forwarded (RFC 6455 section 4). Pure; any thread.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"
#include "http/head_fields.h"
#include "http/refusal.h"
#include "http/request_head.h"
#include "http/response_head.h"

namespace http {

/// Does the request mean to become a WebSocket? GET in HTTP/1.1 with an upgrade to it, and no body.
bool wants_websocket(const RequestHead& head);

/// Checks what section 4.2.1 wants of a request, and gives its Sec-WebSocket-Key, a view of `head`.
/// Refused are other methods than GET (405), requests that do not ask for a WebSocket and other
/// versions of it than 13 (426), and keys that are none (400).
core::Result<std::string_view, Refusal> read_websocket_key(const RequestHead& head);
/// What such a refusal says beside its status: Allow with 405, Upgrade and the version with 426.
std::span<const HeadField> websocket_refusal_fields(std::uint16_t status);

struct Subprotocol {
    enum class Kind : std::uint8_t {
        not_asked_for,  // answer without one: a browser that did not ask would drop the connection
        found,
        other,      // only others are asked for
        malformed,  // Sec-WebSocket-Protocol holds what is no token
    };
    Kind kind = Kind::not_asked_for;
    std::string_view name;  // as the client spells it, which browsers compare letter by letter
};
/// Looks for `ours`, in any case and at any place.
Subprotocol choose_subprotocol(const HeadFields& fields, std::string_view ours);

/// Sec-WebSocket-Accept for a key (section 4.2.2).
std::string websocket_accept(std::string_view key);
/// The whole answer; no subprotocol when that is empty.
std::string write_websocket_answer(std::string_view key, std::string_view subprotocol);

/// Has a backend agreed to the WebSocket that was asked for with `key`? Only then may bytes go
/// through, for behind any other answer they would be requests.
bool agrees_to_websocket(const ResponseHead& answer, std::string_view key);

}  // namespace http

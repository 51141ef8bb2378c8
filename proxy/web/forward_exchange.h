#pragma once
// A request that a pool's server answers itself: its head rebuilt, its body and the answer streamed
// under back-pressure, nothing kept whole. Each has a connection of its own to a backend. Owned by
// its web connection; loop thread only.
//
//   finding_sid -> connecting --open--> head --answer's head--> body --its end--> over
//                      ^  \ the next backend, as long as        \--101--> tunnel --> over
//                      +---+ none is connected
//
// What was sent to one backend is never sent to another. Whoever is gone takes the other one along.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "conf/config.h"
#include "core/byte_buffer.h"
#include "core/timer.h"
#include "http/body_reader.h"
#include "http/request_head.h"
#include "http/response_reader.h"
#include "proxy/legs/backend_connection.h"
#include "proxy/web/forward_route.h"
#include "proxy/web/forwarding.h"
#include "proxy/web/web_exchange.h"

namespace proxy {

class ForwardExchange final : public WebExchange, private BackendConnectionEvents {
public:
    /// From the last byte of a request to the head of its answer: servers hold requests of BOSH for
    /// five minutes at most.
    static constexpr std::chrono::seconds kAnswerPatience{310};

    /// `shared` and `client` outlive it. A request for a WebSocket has a valid key.
    ForwardExchange(Forwarding& shared, WebAnswer& client, const http::RequestHead& head,
                    const conf::WebForward& to, std::chrono::milliseconds stall);
    ~ForwardExchange() override;

    /// Once `client` has it.
    void begin();

    bool on_body(std::string_view bytes) override;
    void on_body_complete() override;
    void on_client_drained() override;
    void on_over() override;
    bool says_continue() const override { return !route_.needs_sid(); }

private:
    enum class State : std::uint8_t { finding_sid, connecting, head, body, tunnel, over };

    // The way to a backend.
    void choose();
    void connect();
    void on_address_failed(const core::Endpoint& address, LinkFailure why,
                           std::string_view detail) override;
    void on_failed(LinkFailure why) override;
    void on_open() override;

    // The request.
    bool pass_to_backend(std::string_view bytes);
    void end_request();

    // The answer.
    std::size_t on_bytes(std::string_view window) override;
    void on_end() override;
    void on_lost(std::string_view detail) override;
    void on_drained() override;
    std::size_t read_head(std::string_view bytes);
    void take_head(const http::ResponseHead& head);
    void take_interim(const http::ResponseHead& head);
    void take_upgrade(const http::ResponseHead& head);
    std::size_t pass_body(std::string_view bytes);
    void pass_to_client(std::string_view data);
    void flush_to_client();
    void look_for_sid(std::string_view data);
    void end_answer();

    // Its end.
    void on_tick();
    void on_stall();
    std::chrono::milliseconds patience(bool is_waiting_for_peer) const;
    void log_failure(std::uint16_t status, std::string_view reason) const;
    void refuse(const http::Refusal& why, std::string_view reason);
    void break_off(std::string_view reason);

    Forwarding& shared_;
    WebAnswer& client_;
    const BackendEnvironment access_;
    ForwardRoute route_;
    const std::chrono::milliseconds stall_;
    std::string head_;           // until a backend has it
    std::string websocket_key_;  // empty: no WebSocket is asked for
    http::ResponseReader reader_;
    std::optional<BackendConnection> connection_;
    std::optional<http::BodyReader> body_;  // of the answer
    /// What came of the request's body before a backend is there; then what came of an answer that
    /// may name a sid.
    core::ByteBuffer held_;
    core::Timer tick_;
    std::size_t pending_ = 0;  // to both sides, at the last tick
    std::uint32_t quiet_ = 0;  // ticks without progress
    std::uint8_t minor_version_;
    State state_ = State::connecting;
    http::BodyKind request_kind_;
    http::BodyKind answer_kind_ = http::BodyKind::none;
    bool is_request_complete_ = false;
    bool is_request_paused_ = false;
    bool is_answer_paused_ = false;
    bool keeps_alive_ = false;
    bool looks_for_sid_ = false;  // in the answer
    bool has_moved_ = false;      // since the last tick
};

}  // namespace proxy

#pragma once
// One HTTP/1.1 connection: reads requests one by one, finds what they ask for, and answers. A
// request for a WebSocket leaves with the connection; so does XMPP on a port that speaks both.
// Owned by its front; loop thread only.
//
//   securing --TLS--> waiting --first byte--> reading head --head--> body --> answering --+
//                        ^----------------- the response keeps the connection ------------+
//   tunnel: the exchange has agreed to another protocol, and bytes are its own.
//   closing: a response with an end has been sent, or a refusal; what still comes is dropped.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/connection.h"
#include "core/event_loop.h"
#include "core/timer.h"
#include "http/body_reader.h"
#include "http/request_reader.h"
#include "proxy/legs/accepted_client.h"
#include "proxy/legs/connection_facts.h"
#include "proxy/web/web_exchange.h"
#include "proxy/web/web_paths.h"

namespace proxy {

class WebShared;
struct WebDoor;

class WebConnection final : public core::Deletable,
                            private core::ConnectionEvents,
                            private WebAnswer {
public:
    /// `shared` outlives it. begin() follows.
    WebConnection(WebShared& shared, std::shared_ptr<const WebDoor> door, AcceptedClient client);
    ~WebConnection() override;

    void begin();
    /// The process stops: no further request is taken.
    void shut_down();
    /// Is a request under way, or the end of its response?
    bool is_busy() const;

    /// Its place in the front's table.
    std::uint32_t index = 0;
    const core::Endpoint& peer() const { return peer_; }

private:
    enum class State : std::uint8_t {
        securing,
        waiting,
        head,
        body,
        answering,
        tunnel,
        closing,
        gone,
    };

    // The connection.
    std::size_t on_bytes(std::string_view window) override;
    void on_end() override;
    void on_broken(core::Broken why, std::string_view detail) override;
    void on_drained() override;
    void on_secured() override;

    // The exchange.
    bool send(std::string_view bytes) override;
    void send_interim(std::string_view head) override;
    void begin_tunnel() override;
    void complete(bool keeps_alive) override;
    void refuse(const http::Refusal& why, std::span<const http::HeadField> fields = {}) override;
    void respond(std::uint16_t status, std::span<const http::HeadField> fields,
                 std::string_view body) override;
    void break_off() override;
    void resume_body() override;
    std::optional<Refused> take_place(AddressPlace& place) override;
    void leave_place() override { place_ = AddressPlace(); }
    const core::Endpoint& client() const override { return client_; }
    /// A page of another origin asks first whether it may.
    WebClientComes comes() const override {
        return requests_ <= 2 ? WebClientComes::anew : WebClientComes::again;
    }
    bool is_tls() const override { return is_tls_; }
    ClientFacts facts() const override;
    bool keeps_alive() const override { return keeps_alive_; }
    std::size_t pending_output() const override { return connection_->pending_output(); }

    /// For a leg that takes the connection; no request has it any more.
    KnownClient take_known_client();
    bool may_read_head() const;
    std::size_t read_head(std::string_view bytes);
    std::size_t read_body(std::string_view bytes);
    std::size_t read_tunnel(std::string_view bytes);
    bool speaks_xmpp(std::string_view first) const;
    void become_xmpp();
    void begin_request(http::RequestHead head);
    void serve(const http::RequestHead& head, const WebPlace& place);
    void serve_clear(const http::RequestHead& head);
    void redirect(const http::RequestHead& head);
    void serve_challenge(const http::RequestHead& head, std::string_view token);
    void serve_host_meta(const http::RequestHead& head, WebService service);
    void open_websocket(const http::RequestHead& head);
    void begin_bosh(const http::RequestHead& head);
    void forward(const http::RequestHead& head, const conf::WebForward& to);
    void begin_exchange(const http::RequestHead& head, std::unique_ptr<WebExchange> exchange,
                        std::uint64_t most_of_body);
    void log_refusal(const http::Refusal& why) const;
    bool is_trusted() const;
    void wait_for_request();
    void start_clock();
    void on_clock();
    void show_again();
    void drop_exchange();
    void close_softly();
    void vanish_if_gone();
    void vanish();

    WebShared& shared_;
    const std::shared_ptr<const WebDoor> door_;
    std::unique_ptr<core::Connection> connection_;  // null once it is somebody else's
    std::unique_ptr<KnownClient> known_;            // by its TLS, once that is there
    http::RequestReader reader_;
    std::optional<http::BodyReader> body_;
    std::unique_ptr<WebExchange> exchange_;
    core::Timer clock_;
    AddressPlace place_;  // until there is a session; a trusted proxy has none
    core::Endpoint peer_;
    core::Endpoint local_;    // as in AcceptedClient
    core::Endpoint client_;   // of the request; the peer, or who is behind it
    std::size_t unsent_ = 0;  // when closing was last looked at
    std::uint32_t requests_ = 0;
    http::Method method_ = http::Method::get;
    State state_ = State::securing;
    bool is_first_byte_ = true;
    bool is_tls_ = false;
    bool keeps_alive_ = true;
    bool has_answered_ = false;  // some of the response has been sent
    bool is_over_ = false;       // the exchange, when its call returns
    bool is_reading_ = false;    // inside on_bytes
    bool is_body_paused_ = false;
    bool is_full_ = false;    // what was sent waits for a slow client
    bool has_ended_ = false;  // the client sends no more
    bool is_last_ = false;    // the process stops
};

}  // namespace proxy

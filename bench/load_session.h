#pragma once
// One client of load_client: TCP, direct TLS, a WebSocket if asked for, stream header, SASL PLAIN,
// bind, then messages whose echoes are compared byte by byte, then </stream:stream>. Non-blocking;
// the driver owns it and calls on_ready() when epoll says so. Anything unexpected throws
// std::runtime_error, which ends the program: a load that did not run exactly as asked measures
// nothing.

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/client_frames.h"
#include "bench/poller.h"
#include "bench/stanza_text.h"
#include "core/endpoint.h"

namespace bench {

/// What all sessions of a run share; outlives them.
struct LoadContext {
    SSL_CTX* tls = nullptr;
    core::Endpoint target;
    std::string domain;
    std::string websocket = {};  // path; empty: none
    Poller* poller = nullptr;
    StanzaText* stanza = nullptr;  // null: no messages are sent
};

class LoadSession {
public:
    enum class Step : std::uint8_t {
        connecting,
        handshake,
        upgrade,
        first_features,
        success,
        second_features,
        bound,
        ready,
        ending,
        over
    };

    /// Starts to connect, from an address of 127.0.0.0/8 that depends on `number`. `number` is also
    /// what the poller reports.
    LoadSession(LoadContext& context, std::uint32_t number);

    /// Goes on as far as it can. What happened shows in step() and echoes().
    void on_ready();

    /// Sends the next message. Only when ready.
    void send_message();
    /// Sends </stream:stream>; over once the answer is there. Only when ready and nothing is in
    /// flight.
    void end();

    Step step() const { return step_; }
    /// Echoes that came back in full, ever.
    std::uint32_t echoes() const { return echoes_; }
    std::uint32_t in_flight() const { return wanted_ - echoes_; }
    /// Version, cipher and group of the handshake, for the report. Only after it.
    std::string tls_facts() const;

private:
    void advance_connect();
    void advance_handshake();
    void read_some();
    void on_bytes(std::string_view bytes);
    void on_text(std::string_view bytes);
    bool on_frame(http::Opcode opcode, std::string_view payload);
    void ask_for_websocket();
    void begin_stream();
    bool is_websocket() const { return !context_.websocket.empty(); }
    void on_login_bytes(std::string_view bytes);
    void on_echo_bytes(std::string_view bytes);
    void flush_messages();
    void send_login(std::string_view text);
    void send_all(std::string_view bytes);
    void wait_for(std::uint32_t events);
    /// The SSL error of `result`, unless it only means "not now" (then false and the poller is
    /// set).
    bool went_well(int result, const char* what);
    [[noreturn]] void fail(const std::string& what) const;

    LoadContext& context_;
    core::Fd fd_;
    core::Ssl ssl_;
    std::uint32_t number_;
    std::uint32_t waiting_for_ = 0;  // epoll events
    std::uint32_t wanted_ = 0;       // messages to send, ever
    std::uint32_t sent_ = 0;         // of them sent in full
    std::uint32_t sent_bytes_ = 0;   // of the next one
    std::uint32_t echoes_ = 0;
    std::uint32_t echo_bytes_ = 0;  // of the next one
    Step step_ = Step::connecting;
    std::string login_input_;
    ServerFrames frames_;
};

}  // namespace bench

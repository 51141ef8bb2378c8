#pragma once
// A client leg over WebSocket (RFC 6455 and 7395): messages outside, the plain stream of RFC 6120
// inside. Begins behind the opening handshake, on a connection that somebody else has opened.
//
// How it ends: whoever ends the stream says <close/> first, then the other one, then a Close frame
// goes out; without <close/> it is a cut, which the backend sees as one of TCP, so that the session
// can be resumed. Owned by its session; loop thread only.

#include <cstdint>
#include <memory>
#include <string>

#include "core/byte_buffer.h"
#include "core/connection.h"
#include "core/event_loop.h"
#include "core/timer.h"
#include "http/websocket_reader.h"
#include "proxy/legs/client_leg.h"
#include "proxy/legs/connection_facts.h"
#include "proxy/web/web_counts.h"
#include "proxy/web/websocket_pulse.h"
#include "xmpp/framing.h"
#include "xmpp/stream_cutter.h"

namespace proxy {

/// What all WebSockets of one worker share; outlives them.
struct WebSockets {
    core::EventLoop& loop;
    xmpp::ScanWorkPool& scan_work;
    WebSocketPulse pulse;
    /// Of streams behind their login, as they are now; what was named once stays.
    const xmpp::ScanLimits* limits = nullptr;
    std::chrono::milliseconds close{5'000};  // [limits] close
    std::shared_ptr<WebCounts> counts = std::make_shared<WebCounts>();
    // Room that they use one after the other.
    static constexpr std::size_t kRoom = core::Scratch::kPlainBytes;
    std::unique_ptr<char[]> unmasked = std::make_unique_for_overwrite<char[]>(kRoom);
    std::string frames = {};
    // Of one read, which leave together: each would cost a system call.
    std::string stream = {};  // what its messages say
    std::string pongs = {};   // to its pings
};

class WebSocketLeg final : public ClientLeg,
                           private core::ConnectionEvents,
                           private WebSocketPulse::Beating {
public:
    WebSocketLeg(WebSockets& shared, std::unique_ptr<core::Connection> connection,
                 KnownClient client);
    ~WebSocketLeg() override;

    void begin(ClientLegEvents& events) override;
    bool send(std::string_view bytes) override;
    void pause_reading() override;
    void resume_reading() override;
    core::Result<void, std::string> start_tls(std::string_view domain) override;
    const core::Endpoint& peer() const override { return peer_; }
    const ClientFacts& facts() const override;
    core::Certificate shown_certificate() const override;
    void settle() override { known_.reset(); }
    void finish() override;
    void abandon() override { connection_->close(); }
    bool is_gone() const override;

private:
    // The connection.
    std::size_t on_bytes(std::string_view window) override;
    void on_end() override;
    void on_broken(core::Broken why, std::string_view detail) override;
    void on_drained() override;

    void beat() override;

    void take(const http::WebSocketRead& read);
    void answer_ping(std::string_view payload);
    void send_pongs();
    void pass_sign_of_life();
    void take_text(std::string_view piece, bool is_last);
    void take_message(const xmpp::FramedMessage& message);
    void gather(std::string_view bytes);
    void pass_gathered();
    void to_session(std::string_view bytes);
    void show_again();
    void tell_end();
    void break_rules(std::uint16_t code, ClientFault fault);
    void append_messages(std::string& frames, std::string_view bytes);
    void send_close(std::uint16_t code);
    void close_if_both_have_said();
    void tell_if_gone();

    WebSockets& shared_;
    ClientLegEvents* events_ = nullptr;  // set by begin()
    const std::unique_ptr<core::Connection> connection_;
    std::unique_ptr<const KnownClient> known_;  // until settled
    std::unique_ptr<core::Timer> clock_;        // of the goodbye, or to show the inbox again
    core::Endpoint peer_;
    http::WebSocketReader frames_;
    xmpp::FramedReader messages_;
    xmpp::StreamCutter cutter_;
    core::ByteBuffer message_;         // as far as it has come
    core::ByteBuffer inbox_;           // what the session has not taken
    core::ByteBuffer outbox_;          // the beginning of an element to send
    std::uint16_t close_code_ = 0;     // to close with; 0: by what has been said
    std::uint16_t waiting_pongs_ = 0;  // bytes of them since all output was sent
    std::uint8_t unanswered_ = 0;      // pings of ours
    bool is_end_due_ : 1 = false;      // the client has ended, and the session has not heard of it
    bool is_paused_ : 1 = false;
    bool is_pong_due_ : 1 = false;
    bool has_more_ : 1 = false;  // the read, behind the frame that is taken
    bool is_finishing_ : 1 = false;
    bool has_ended_ : 1 = false;  // the client sends no more
    bool client_said_close_ : 1 = false;
    bool we_said_close_ : 1 = false;
    bool has_sent_close_ : 1 = false;  // the frame
};

}  // namespace proxy

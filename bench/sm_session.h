#pragma once
// One client of cluster_client: TCP in clear, stream header, SASL PLAIN, bind, stream management
// (XEP-0198), then messages to a partner, of which a window may be unacknowledged. What comes from
// the partner is checked, counted and acknowledged. Non-blocking; the driver owns it and calls
// on_ready() when epoll says so. Anything unexpected throws std::runtime_error, which ends the
// program: a load that did not run exactly as asked measures nothing.

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/poller.h"
#include "bench/stanza_text.h"
#include "core/endpoint.h"

namespace bench {

/// What all sessions of a run share; outlives them.
struct SmContext {
    Poller* poller = nullptr;
    StanzaText* stanza = nullptr;  // null: no messages are sent
    std::string domain;
    std::uint32_t window = 0;  // messages without an acknowledgement
    bool is_sending = false;   // new messages are to be sent
};

class SmSession {
public:
    enum class Step : std::uint8_t {
        connecting,
        first_features,
        success,
        second_features,
        bound,
        enabled,
        ready
    };

    /// Starts to connect to `node`. It will be `user`/r`number`; `number` is also what the poller
    /// reports.
    SmSession(SmContext& context, const core::Endpoint& node, std::uint32_t number,
              const std::string& user);

    /// Goes on as far as it can. What happened shows in the counts.
    void on_ready();
    /// Whom messages go to and come from, a session of the same run.
    void set_partner(std::uint32_t number, const std::string& user);
    /// Fills the window, if messages are to be sent.
    void send_messages();

    bool is_ready() const { return step_ == Step::ready; }
    std::uint32_t sent() const { return sent_; }
    std::uint32_t acknowledged() const { return acknowledged_; }
    std::uint32_t received() const { return received_; }

private:
    void check_connected();
    void read_some();
    void on_login_bytes();
    void on_elements();
    void on_message(std::string_view message);
    void on_acknowledged(std::string_view element);
    void write(std::string_view bytes);
    void flush();
    [[noreturn]] void fail(const std::string& what) const;

    SmContext& context_;
    core::Fd fd_;
    std::uint32_t number_;
    std::string user_;
    std::string partner_;  // full JID
    std::uint32_t partner_number_ = 0;
    std::uint32_t sent_ = 0;
    std::uint32_t acknowledged_ = 0;
    std::uint32_t received_ = 0;
    Step step_ = Step::connecting;
    bool waits_for_room_ = false;
    std::string input_;
    std::string output_;
};

}  // namespace bench

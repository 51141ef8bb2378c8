#pragma once
// One user at one client: logs in over STARTTLS, sends and receives messages, counts stanzas as
// XEP-0198 wants it, and goes on with its session on another connection. Blocking; whatever does
// not go as it should is thrown as std::runtime_error.

#include <cstdint>
#include <optional>
#include <string>

#include "core/endpoint.h"
#include "tests/try_client/wire.h"
#include "xmpp/stream_scanner.h"

namespace try_client {

/// Where users connect, and the certificate that they verify (a PEM file).
struct Service {
    core::Endpoint address;
    std::string domain;
    std::string certificate;
};

class User {
public:
    /// `service` must outlive it.
    User(const Service& service, std::string name, std::string password);

    /// A new session, with stream management, that can be resumed.
    void log_in();
    /// Connects and authenticates again, and resumes the session that was lost.
    void resume();
    /// Ends the session: </stream:stream>.
    void log_out();

    /// Writes to a full JID.
    void send(const std::string& to, const std::string& body);
    /// The body of the next message.
    std::string next_message();
    /// Waits until the connection is over. It must be a lost one: after an end of the stream
    /// nothing could be resumed.
    void wait_for_loss();
    /// The server answers a ping (XEP-0199), and no message comes before that.
    void expect_silence();

    std::string bare_jid() const { return name_ + "@" + service_.domain; }
    const std::string& full_jid() const { return full_jid_; }

private:
    void authenticate();
    void open_stream();
    /// The next first-level element; nothing at the end of the connection or of the stream.
    std::optional<std::string> read_element();
    /// The same, where there must be one.
    std::string next_element();
    /// The next message, presence or iq. Counts it, and answers requests for the count.
    std::string next_stanza();

    const Service& service_;
    const std::string name_;
    const std::string password_;
    std::optional<Wire> wire_;
    std::string input_;  // received, not yet consumed
    xmpp::ScanWorkPool work_;
    xmpp::StreamScanner scanner_{work_, limits_};
    static constexpr xmpp::ScanLimits limits_{};
    bool is_stream_closed_ = false;
    std::string full_jid_;
    std::string session_id_;     // of XEP-0198
    std::uint32_t handled_ = 0;  // stanzas received in the session
};

}  // namespace try_client

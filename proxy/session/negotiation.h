#pragma once
// What happens on a client leg until a backend can be chosen: the clear stream, STARTTLS, and the
// protected stream up to its header or to the login. A pure machine: bytes in, one action at a time
// out; no socket, clock or log. The session owns it, performs its actions, and drops it once a
// backend has answered.
//
//   STARTTLS port:  clear_header --header--> clear_stream --<starttls/>--> tls
//   direct TLS:     tls
//   secured leg:    header
//   then:           tls --secured()--> header --features known--> login --<auth/>, Route--> routed
//                                         \________features not known, Route_______________/
//   any state but tls:  --what is not allowed there, refuse()--> ended
//
// Where the features of the domain's backends are known, the proxy answers the header itself and
// the login chooses the backend; until then nothing costs a backend anything. Otherwise the header
// chooses, and the backend answers it.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "proxy/offers/features_profiles.h"
#include "proxy/session/end_reason.h"
#include "proxy/session/kept_login.h"
#include "xmpp/ids.h"
#include "xmpp/stream_features.h"
#include "xmpp/stream_header.h"
#include "xmpp/stream_scanner.h"

namespace proxy {

/// Send these bytes to the client.
struct Answer {
    std::string bytes;
};
/// Send <proceed/>, then begin TLS; the certificate is chosen by SNI, else by `domain`.
struct StartTls {
    std::string domain;
};
/// Choose a backend for `domain` (prepared) and open the stream that `header` asks for.
struct Route {
    std::string domain;
    xmpp::StreamHeader header;
    std::string user;  // prepared bare JID, if the login has shown it
    /// For the backend once it has shown its features; none: the header itself is not answered yet.
    std::optional<KeptLogin> login;
    std::optional<xmpp::SmId> previd = {};  // of the session that the login wants to go on with
};
/// Send `bytes` (a whole closing, with a header where none was sent), then close.
struct End {
    EndReason reason;
    std::string bytes;
    std::string detail;                                        // for the log: rule or condition
    std::optional<xmpp::StreamErrorCondition> condition = {};  // that the bytes say
};
using Action = std::variant<Answer, StartTls, Route, End>;

/// How a client leg begins: in clear (STARTTLS follows), with TLS, or protected by something below
/// the stream, as WebSocket is.
enum class LegBegins : std::uint8_t { in_clear, with_tls, secured };

/// What the machine needs to know from outside.
struct NegotiationSettings {
    LegBegins begins = LegBegins::in_clear;
    /// Is there a pool for this prepared domain?
    std::function<bool(std::string_view domain)> serves;
    /// What to offer in a protected stream for this prepared domain, which serves() holds for;
    /// valid for the call; null (or no function) to let the backend say.
    std::function<const FeaturesProfile*(std::string_view domain)> profile_for;
    /// A fresh, unpredictable id for a response header (RFC 6120 section 4.7.3).
    std::function<xmpp::StreamId()> make_stream_id;
};

class Negotiation {
public:
    enum class State : std::uint8_t {
        clear_header,
        clear_stream,
        tls,
        header,
        login,
        routed,
        ended
    };

    /// `scanner` is the session's for the client's direction; both arguments outlive the machine.
    Negotiation(xmpp::StreamScanner& scanner, const NegotiationSettings& settings);

    struct Step {
        std::size_t consumed = 0;
        std::optional<Action> action;
    };
    /// Takes at most one token from the front of `window`. A step that consumed nothing and has no
    /// action wants more bytes. Not to be called in tls, routed or ended.
    Step feed(std::string_view window);
    /// TLS is established: a new stream begins.
    void on_secured();
    /// The bytes that tell the client of a refusal found elsewhere (routing, time), as far as the
    /// state allows: a header first where none was sent; nothing at all while TLS is being
    /// negotiated.
    std::string refuse(xmpp::StreamErrorCondition condition, std::string_view text);

    State state() const { return state_; }
    /// The prepared `to` of the stream's header, in clear or protected; empty before. For the log.
    std::string_view domain() const { return domain_; }

private:
    /// Nothing of a clear stream before it is remembered.
    void begin_protected_stream();
    Step refuse_junk();
    Step on_header(const xmpp::Token& token, std::string_view window);
    Step on_clear_token(const xmpp::Token& token, std::string_view window);
    Step on_protected_header(xmpp::StreamHeader header, std::size_t size);
    Step on_login_token(const xmpp::Token& token, std::string_view window);
    Step route_login(std::string_view element);
    std::string answer_to(const xmpp::StreamHeader& header,
                          const xmpp::NamespaceBindings& prefixes = {});
    /// Refuses something, and the stream goes on: a few times.
    Step reply(std::size_t consumed, std::string bytes);
    Step close(std::size_t consumed, std::string_view detail);
    Step end(EndReason reason, xmpp::StreamErrorCondition condition, std::string_view detail,
             std::string_view text = {});
    void enter(State state) { state_ = state; }
    bool is_clear() const { return state_ == State::clear_header || state_ == State::clear_stream; }

    xmpp::StreamScanner& scanner_;
    const NegotiationSettings& settings_;
    State state_ = State::clear_header;
    struct ShownOffer {
        xmpp::StreamHeader header;  // of the client
        xmpp::FeaturesSummary features;
        xmpp::NamespaceBindings prefixes;  // that our header declares
    };
    std::unique_ptr<const ShownOffer> offer_;  // in state login
    bool header_sent_ = false;                 // ours, on the stream as it is now
    std::uint8_t replies_ = 0;                 // that left the stream as it was
    std::size_t clear_bytes_ = 0;              // consumed in clear, white space included
    std::string domain_;                       // prepared `to` of the last header; empty before
    std::string client_address_;               // `from` of the last header
};
std::string_view to_string(Negotiation::State state);

}  // namespace proxy

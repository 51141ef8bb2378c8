#pragma once
// STARTTLS (RFC 6120 section 5) as rules over complete tokens: a machine for the initiating entity
// (the proxy towards a backend), and what a receiving entity answers on its clear stream. Pure; one
// thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "xmpp/element.h"
#include "xmpp/stream_error.h"
#include "xmpp/stream_scanner.h"

namespace xmpp {

/// Receiving entity: go on with TLS.
inline constexpr std::string_view kProceed = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
/// Receiving entity: TLS cannot be had; the stream ends (section 5.4.2.2).
inline constexpr std::string_view kStarttlsFailure =
    "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>";

/// What a client's token on a clear stream, behind its header, calls for.
struct ClearStreamAnswer {
    enum class Kind : std::uint8_t {
        wait,       // white space, or not complete yet
        start_tls,  // first check what follows with may_start_tls, then kProceed and TLS
        close,      // the client ended its stream (or said a stream error): end ours
        reply,      // send `reply`; the stream goes on (no more than kRefusalsMost of them)
        refuse,     // answer with `condition` and close
    };
    Kind kind = Kind::wait;
    StreamErrorCondition condition = StreamErrorCondition::undefined_condition;  // for refuse
    std::string reply;
};
ClearStreamAnswer judge_clear_token(const Token& token);

/// The byte edge (sections 5.3.3 and 5.4.2.3): TLS begins right behind the '>' of `<starttls/>` or
/// `<proceed/>`. `behind` holds all bytes received after it, in clear. True: only stray white
/// space; drop it, and what comes of it later in front of the first record, and start TLS. False:
/// somebody put data there that would be taken for protected data; refuse with kStarttlsFailure or
/// close.
bool may_start_tls(std::string_view behind);

/// Why the initiating entity gives up.
enum class StarttlsFailure : std::uint8_t {
    none,
    no_starttls_offered,  // features came without it, or the peer is older than XMPP 1.0
    refused,              // <failure/>
    unexpected_element,   // anything else where features or <proceed/> were due
    bytes_after_proceed,  // data in clear behind <proceed/>
    stream_error,         // the peer ended the stream, with or without a stream error
    malformed,            // the scanner refused its bytes, or its header is none for us
};
std::string_view to_string(StarttlsFailure failure);

/// The initiating entity.
///
///   wait_header --header--> wait_features --<starttls/>--> wait_proceed --<proceed/>--> secured
///        \______________________\______________________________\--anything else--> failed
///
/// The caller sends a stream header, feeds every token of the answer, sends what comes back and,
/// when secured, drops the rest of its input and starts TLS; a new stream then begins with a new
/// scanner state.
class StarttlsInitiator {
public:
    enum class State : std::uint8_t { wait_header, wait_features, wait_proceed, secured, failed };

    /// Takes one token. `bytes`: the token's own. `behind`: all bytes received after it. Returns
    /// what to send now (empty for nothing; static text). Not to be called once secured or failed.
    std::string_view on_token(const Token& token, std::string_view bytes, std::string_view behind);

    State state() const { return state_; }
    bool is_secured() const { return state_ == State::secured; }
    bool has_failed() const { return state_ == State::failed; }
    StarttlsFailure failure() const { return failure_; }

private:
    std::string_view on_header(std::string_view bytes);
    std::string_view on_element(const Token& token, std::string_view bytes,
                                std::string_view behind);
    std::string_view on_features(std::string_view bytes);
    std::string_view on_verdict(const Token& token, std::string_view behind);
    std::string_view fail(StarttlsFailure why);

    State state_ = State::wait_header;
    StarttlsFailure failure_ = StarttlsFailure::none;
    NamespaceBindings outer_;  // of the peer's header; usually the usual ones
};
std::string_view to_string(StarttlsInitiator::State state);

}  // namespace xmpp

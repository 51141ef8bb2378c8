#pragma once
// One client's stream, from its first byte to its last: header, login, resource binding or
// resumption, stream management, and the stanzas in between. A pure machine: bytes and answers in,
// actions out; no socket, store, clock or log. Owned by a session of a node, used on its loop
// thread only.
//
//             ________________SASL success, the client restarts_________________
//            v                                                                  \.
//   header --header--> login --SASL--> (find account, check password, delay a refusal)
//      \                   \_SASL2_/       |
//       \ (logged in)                      | SASL2 success: no restart
//        v                                 v
//      unbound --bind--> (open session) --> bound --end tag--> ended
//          \_____resume____> (take) ________/
//
// In brackets: waiting for an answer of the node, `is_waiting()`; bytes are left where they are.
// Whatever breaks a rule, in any state, gives Close and `ended`. SASL2 with Bind 2 or an inline
// resume goes through the same brackets before its <success/>.
//
// How to use it: perform the actions of every call in order; after an answer, show the window
// again. What follows from a stanza is the node's; so is sending again after a resume.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "backend/store/store.h"
#include "backend/stream/sm_counters.h"
#include "backend/stream/stream_actions.h"
#include "xmpp/element.h"
#include "xmpp/stream_error.h"
#include "xmpp/stream_scanner.h"

namespace backend {

struct ResumeRequest;  // backend/stream/stream_management.h
struct SaslTurn;       // backend/stream/sasl_negotiation.h
struct StreamLogin;    // backend/stream/stream_login.h: what only the time before binding needs

class Stream {
public:
    enum class State : std::uint8_t { header, login, unbound, bound, ended };

    /// `pool` and `settings` outlive the stream.
    Stream(xmpp::ScanWorkPool& pool, const StreamSettings& settings, ConnectionFacts facts);
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    struct Step {
        std::size_t consumed = 0;
        Actions actions;
    };
    /// Takes tokens from the front of `window`, as many as are complete and allowed now. What was
    /// not consumed is to be shown again, extended; after an answer of the node, at once.
    Step on_bytes(std::string_view window);

    /// Answers to actions, each once. Those that come when the stream has ended do nothing.
    Actions on_account(Store::Answer<std::optional<Account>> answer);
    Actions on_password(bool is_right);
    Actions on_delay_over();
    /// `id` is what <enabled/> shows if stream management was asked for inline.
    Actions on_opened(const SessionId& id);
    Actions on_open_failed(OpenFailure failure);
    /// After this, write_stanza() is due for all of the queue; what the client has already is left
    /// out here.
    Actions on_taken(const TakenSession& taken);
    Actions on_take_failed(TakeFailure failure);
    /// All that was written before is not counted, all after is (XEP-0198 section 4).
    Actions on_sm_enabled(const SessionId& id);
    Actions on_sm_failed();

    /// So many more of the handed out stanzas, in order, are safe; <a/> may cover them.
    Actions on_confirmed(std::size_t count);

    /// A queued stanza may be written: not before the resource is bound, nor while stream
    /// management is being enabled.
    bool takes_stanzas() const { return state_ == State::bound && waiting_ != Waiting::sm_enabled; }
    /// A queued stanza for the client, in the order of numbers; takes_stanzas() holds.
    Actions write_stanza(std::uint64_t number, std::string bytes);
    /// <r/>, if something is not acknowledged and nothing is asked yet; nothing else.
    Actions ask_for_ack();

    /// What a client hears whose stream cannot go on without the store.
    static constexpr std::string_view kNoStore = "the store does not answer, try again later";

    /// Ends the stream with an error for reasons found elsewhere (a conflict, a deadline,
    /// shutdown).
    Actions end(xmpp::StreamErrorCondition condition, std::string_view text = {});

    State state() const { return state_; }
    /// The client has ended its stream (XEP-0198 section 5: nothing is left to resume), and waits
    /// for the last confirmations.
    bool is_closing() const { return waiting_ == Waiting::safe_before_close; }
    /// Bytes are of no use until the node has answered or confirmed: it had better not read.
    bool is_waiting() const;
    /// Stream management is on.
    bool has_sm() const { return sm_ != nullptr; }
    /// The client has been asked with <r/>, and has not answered yet.
    bool expects_ack() const { return sm_ && sm_->is_asked(); }

private:
    /// What an unbound or a bound stream waits for; in other states it is nothing.
    enum class Waiting : std::uint8_t {
        nothing,
        opened,             // unbound: on_opened(), on_open_failed()
        taken,              // unbound: on_taken(), on_take_failed()
        sm_enabled,         // bound: on_sm_enabled(), on_sm_failed()
        safe_before_sm,     // bound: all handed out stanzas confirmed, then EnableSm
        safe_before_close,  // bound: the same, then the last <a/> and Close
    };

    /// The one door between states; what was waited for is over.
    void enter(State next);
    /// The one way to begin and to end waiting within a state.
    void wait_for(Waiting what);

    void on_token(const xmpp::Token& token, std::string_view bytes, Actions& out);
    void on_stream_close(Actions& out);
    void on_element(const xmpp::Token& token, std::string_view bytes, Actions& out);

    // Before binding: stream_opening.cpp.
    void on_header(std::string_view bytes, Actions& out);
    void begin_login(std::string from, Actions& out);
    std::string session_features(bool can_bind) const;
    void on_login_element(const xmpp::Token& token, std::string_view bytes, Actions& out);
    void perform(SaslTurn turn, Actions& out);
    void on_logged_in(Actions& out);
    void on_unbound_element(const xmpp::Token& token, std::string_view bytes, Actions& out);
    void open(std::string resource, Actions& out);
    void on_inline_requests(Actions& out);
    void finish_login(std::string_view bound, Actions& out);
    void resume(std::optional<ResumeRequest> request, Actions& out);
    void bind();

    // From binding on: stream_bound.cpp.
    void on_bound_element(const xmpp::Token& token, std::string_view bytes, Actions& out);
    void on_sm_element(const xmpp::Token& token, std::string_view bytes, Actions& out);
    void on_client_ack(std::string_view bytes, Actions& out);
    void enable_sm(Actions& out);
    void hand_out(std::string_view stanza, Actions& out);
    void note_acked(std::uint64_t before, Actions& out);
    void too_high(std::uint32_t h, Actions& out);
    void pay_ack(Actions& out);
    void close(Actions& out);

    void refuse(xmpp::StreamErrorCondition condition, std::string_view detail,
                std::string_view text, Actions& out);
    const xmpp::NamespaceBindings& outer() const;

    xmpp::StreamScanner scanner_;
    const StreamSettings& settings_;
    std::unique_ptr<StreamLogin> login_;  // until bound
    std::unique_ptr<SmCounters> sm_;      // from <enabled/> or <resumed/> on
    /// All of the header, where it declared more than usual; nearly always null.
    std::unique_ptr<const xmpp::NamespaceBindings> bindings_;
    std::string lang_;             // xml:lang of the header
    EnableSm wished_sm_;           // while it is being enabled
    std::uint64_t written_ = 0;    // number of the last stanza written
    std::size_t unconfirmed_ = 0;  // stanzas handed out
    std::size_t unconfirmed_bytes_ = 0;
    State state_ = State::header;
    Waiting waiting_ = Waiting::nothing;
    bool header_sent_ = false;  // ours, on the stream as it is now
};
std::string_view to_string(Stream::State state);

}  // namespace backend

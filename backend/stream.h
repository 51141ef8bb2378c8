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

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "backend/channel_binding.h"
#include "backend/records.h"
#include "backend/sm_counters.h"
#include "backend/store.h"
#include "core/strong.h"
#include "xmpp/element.h"
#include "xmpp/stream_error.h"
#include "xmpp/stream_scanner.h"

namespace backend {

using Password = core::Secret<struct PasswordTag>;

// --- actions ------------------------------------------------------------------------------------

/// To the client.
struct Send {
    std::string bytes;
};
/// Ask the store for the account of this prepared bare JID; answer with on_account().
struct FindAccount {
    std::string user;
};
/// Is this the password that `keys` were made of (backend/scram_keys.h, is_password)? Some
/// milliseconds of work, for a thread of its own; answer with on_password().
struct CheckPassword {
    Password password;
    ScramKeys keys;
};
/// The client has shown wrong credentials. Say on_delay_over() when it may hear so and try again:
/// at once, or later the more often its address has failed.
struct DelayRefusal {};
/// The login of `user` (prepared bare JID) has succeeded; open a session with that resource
/// (prepared, never empty), with all that is asked for here; answer with on_opened() or
/// on_open_failed().
struct OpenSession {
    std::string user;
    std::string resource;
    std::optional<EnableSm> sm;  // inline in Bind 2
    bool carbons = false;        // inline in Bind 2
    bool is_inactive = false;    // inline in Bind 2
};
/// Take this session for its client; answer with on_taken() or on_take_failed().
struct Resume {
    SessionRef session;
};
/// A stanza of the client, to be handled in the order of these actions; on_confirmed() when all
/// that follows from it is safe. One element, readable in a stream with the usual bindings.
struct Handle {
    std::string bytes;
    /// Stanzas handled with this one, modulo 2^32, for the commit; none without stream management.
    std::optional<std::uint32_t> handled;
};
/// Queued stanzas up to this number are the client's own concern now: it has acknowledged them, or,
/// without stream management, they were written.
struct Acked {
    std::uint64_t up_to = 0;
};
/// Send `bytes`, then close. A session is over then and cannot be resumed; after end() that is for
/// whoever called it to judge.
struct Close {
    std::string bytes;
    std::string_view detail;  // for the log; static text
};
/// EnableSm and SetInactive are the writes of the store (backend/store.h); the first is answered
/// with on_sm_enabled() or on_sm_failed(), the second with nothing.
using Action = std::variant<Send, FindAccount, CheckPassword, DelayRefusal, OpenSession, Resume,
                            EnableSm, SetInactive, Handle, Acked, Close>;
using Actions = std::vector<Action>;

// --- settings -----------------------------------------------------------------------------------

/// The same for all streams of a node; outlives them.
struct StreamSettings {
    /// Is this prepared domain ours?
    std::function<bool(std::string_view domain)> serves;
    /// Fresh, unpredictable, printable ASCII without ',' (128 bits or more): ids of streams, nonces
    /// and resources.
    std::function<std::string()> make_token;
    /// Makes up salts for users who do not exist; the same at all nodes, or at least for a while.
    core::Secret<struct SaltSecretTag> salt_secret;
    /// More features of a stream after login, as XML: what the rules offer (XEP-0115 and so on).
    std::string more_features;

    xmpp::ScanLimits limits;                // after login
    unsigned login_tries = 5;               // RFC 6120 section 6.4.5: 2 to 5
    std::chrono::seconds resume_time{300};  // the most a client gets
    AckPace ack_pace;                       // when to ask a client with <r/>
    std::size_t most_unconfirmed = 64;  // Handle actions without on_confirmed(); then bytes wait
    std::size_t most_unconfirmed_bytes = 512 * 1024;  // the same; passed by one stanza at most
};

/// What the node knows of the connection.
struct ConnectionFacts {
    /// Nobody can listen: TLS as far as the proxy, or loopback. Otherwise no passwords in clear
    /// (PLAIN) and no SASL2 (XEP-0388 section 2) are offered.
    bool is_protected = false;
    ChannelBindings bindings;
};

enum class OpenFailure : std::uint8_t {
    conflict,  // the resource is in use; another one will be asked for
    store,
};

// --- the machine --------------------------------------------------------------------------------

class StreamLogin;  // what only the time before binding needs

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
    /// All that was written before this call is not counted, all after is (XEP-0198 section 4).
    Actions on_sm_enabled(const SessionId& id);
    Actions on_sm_failed();

    /// So many more of the handed out stanzas, in order, are safe; <a/> may cover them.
    Actions on_confirmed(std::size_t count);

    /// A queued stanza for the client, in the order of numbers; the state is `bound`.
    Actions write_stanza(std::uint64_t number, std::string bytes);
    /// <r/>, if something is not acknowledged and nothing is asked yet; nothing else.
    Actions ask_for_ack();

    /// Ends the stream with an error for reasons found elsewhere (a conflict, a deadline,
    /// shutdown).
    Actions end(xmpp::StreamErrorCondition condition, std::string_view text = {});

    State state() const { return state_; }
    /// Bytes are of no use until the node has answered or confirmed: it had better not read.
    bool is_waiting() const;
    /// Stream management is on.
    bool has_sm() const { return sm_ != nullptr; }

private:
    xmpp::StreamScanner scanner_;
    const StreamSettings& settings_;
    std::unique_ptr<StreamLogin> login_;  // until bound
    std::unique_ptr<SmCounters> sm_;      // from <enabled/> or <resumed/> on
    State state_ = State::header;
};
std::string_view to_string(Stream::State state);

}  // namespace backend

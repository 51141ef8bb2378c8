#pragma once
// What a client's stream asks its node to do, and what it has to know beforehand. Values; see
// backend/stream/stream.h.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "backend/store/records.h"
#include "backend/store/store.h"
#include "backend/stream/scram_keys.h"
#include "backend/stream/sm_counters.h"
#include "core/channel_bindings.h"
#include "xmpp/limits.h"

namespace backend {

// --- actions ------------------------------------------------------------------------------------

/// To the client.
struct Send {
    std::string bytes;
};
/// Ask the store for the account of this prepared bare JID; answer with on_account().
struct FindAccount {
    std::string user;
};
/// Is this the password that `keys` were made of (backend/stream/scram_keys.h, is_password)? Some
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
/// EnableSm and SetInactive are the writes of the store (backend/store/store.h); the first is
/// answered with on_sm_enabled() or on_sm_failed(), the second with nothing.
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
    SaltSecret salt_secret;
    /// More features of a stream after login, as XML: what the rules offer (XEP-0115 and so on).
    std::string more_features;
    /// Does the store answer? While it does not, no stream begins. None: it does.
    std::function<bool()> has_store = {};

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
    core::ChannelBindings bindings;
};

enum class OpenFailure : std::uint8_t {
    conflict,  // the resource is in use; another one will be asked for
    store,
};

}  // namespace backend

#pragma once
// From a stanza to everything that follows from it: the rules of an XMPP server as pure functions
// over what the store knows. First needs() says what has to be read, then plan() says what to
// commit. Nothing here waits, sends or logs. Any thread.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/records.h"
#include "backend/store.h"
#include "xmpp/element.h"
#include "xmpp/jid.h"
#include "xmpp/stream_error.h"

namespace backend {

enum class StanzaKind : std::uint8_t { message, presence, iq };

/// One accepted first-level element of a client, opened. `bytes` and what the views point to live
/// as long as the caller keeps them.
struct Stanza {
    StanzaKind kind{};
    std::string_view bytes;
    xmpp::Element root;
    std::string_view type;        // as given; empty: absent
    std::string_view id;          // as given; empty: absent
    std::optional<xmpp::Jid> to;  // none: absent; who cannot be prepared never gets here
    bool has_bad_to = false;      // there, but cannot be prepared: answered with jid-malformed
};

/// The session a stanza comes from, as its owner knows it.
struct Sender {
    SessionRef session;
    xmpp::Jid jid;  // full
    Route route;
};

/// What else the rules may depend on.
struct PlanContext {
    std::chrono::system_clock::time_point now;  // for XEP-0203 stamps
    const std::vector<std::string>& domains;    // that this cluster serves, prepared
    std::string_view software = "stanzanode";   // name and version, for disco and XEP-0092
    std::string_view version;
};

/// Who and what must be read before the plan can be made.
struct Needs {
    std::vector<Store::Wanted> users;
    std::optional<std::string> vcard_of;  // XEP-0054
};

struct Knowledge {
    std::vector<UserSnapshot> users;  // in the order of Needs::users
    std::string vcard;
};

/// Everything that follows. Answers to the sender are Enqueue writes like any other, so that they
/// are counted, kept and sent again like any other.
struct Plan {
    std::vector<Write> writes;
    std::optional<Route>
        route;  // the sender's own, when it changes (a PutRoute is among the writes)
    std::optional<xmpp::StreamErrorCondition> end;  // the stream must end; there are no writes then
};

Needs needs(const Stanza& stanza, const Sender& sender, const PlanContext& context);
Plan plan(const Stanza& stanza, const Sender& sender, const Knowledge& known,
          const PlanContext& context);

/// A session has ended (closed by its client, expired, or not resumable and lost): presence is
/// taken back where it was given, and what its client never acknowledged goes to other sessions, to
/// offline messages, or back to its sender (XEP-0198 section 5, RFC 6121 section 8). The last write
/// is CloseSession.
Needs needs_of_departure(const Sender& sender, const std::vector<QueuedStanza>& unacknowledged);
Plan plan_departure(const Sender& sender, const std::vector<QueuedStanza>& unacknowledged,
                    const Knowledge& known, const PlanContext& context);

}  // namespace backend

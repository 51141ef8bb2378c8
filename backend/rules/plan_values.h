#pragma once
// What goes into a plan and what comes out of it: the sender, what the store knows, and every write
// that follows. Values of backend/rules; any thread.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/rules/token.h"
#include "backend/store/records.h"
#include "backend/store/store.h"
#include "xmpp/jid.h"
#include "xmpp/stream_error.h"

namespace backend {

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
    std::string (*make_id)() = make_token;  // unpredictable and never the same, for XEP-0359
};

/// Who and what must be read before the plan can be made.
struct Needs {
    std::vector<Store::Wanted> users;
    std::optional<std::string> vcard_of;  // XEP-0054
};

struct Knowledge {
    Needs asked;
    std::vector<KnownUser> users;  // in the order of asked.users
    std::string vcard;             // of asked.vcard_of
};

/// Everything that follows. Answers to the sender are Enqueue writes like any other, so that they
/// are counted, kept and sent again like any other.
struct Plan {
    /// Not enough is known: read all of this, instead of what was asked before, and plan again.
    /// Nothing else is set then. Comes once or twice.
    std::optional<Needs> more;
    std::vector<Write> writes;
    std::optional<Route>
        route;  // the sender's own, when it changes (a PutRoute is among the writes)
    std::optional<xmpp::StreamErrorCondition> end;  // the stream must end; there are no writes then
};

}  // namespace backend

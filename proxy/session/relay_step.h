#pragma once
// What comes of one window that a relay has looked at. Values; any thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/session/end_reason.h"
#include "xmpp/stream_error.h"

namespace proxy {

/// Why the session cannot go on, and what to tell the client.
struct RelayEnd {
    EndReason reason;
    xmpp::StreamErrorCondition condition;
    std::string_view detail;  // static text, for the log
    std::string text;         // for the client: what would be right; may be empty
};

struct StanzaCounts {
    std::uint64_t messages = 0;
    std::uint64_t presences = 0;
    std::uint64_t iqs = 0;

    std::uint64_t others() const { return presences + iqs; }
    std::uint64_t all() const { return messages + others(); }
    friend bool operator==(const StanzaCounts&, const StanzaCounts&) = default;
};

struct RelayStep {
    std::size_t consumed = 0;
    std::size_t sent = 0;  // to the other side
    bool sink_is_full = false;
    std::optional<RelayEnd> end;
    StanzaCounts stanzas = {};
    /// To go back to the sender at once (static text); what is left of the window is to be shown
    /// again right then.
    std::string_view reply = {};
};

}  // namespace proxy

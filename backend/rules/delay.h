#pragma once
// Times as XMPP writes them (XEP-0082) and the stamp of a delayed stanza (XEP-0203). Pure; any
// thread.

#include <chrono>
#include <string>
#include <string_view>

namespace backend {

/// UTC, to the second: 2026-11-22T01:02:03Z.
std::string utc_time(std::chrono::system_clock::time_point time);

/// `stanza` with <delay/>: `by` has kept it since `time`. Unchanged if `by` has said so before.
std::string with_delay(std::string_view stanza, std::string_view by,
                       std::chrono::system_clock::time_point time);

}  // namespace backend

#pragma once
// What the sessions of a worker have done since the start of the process. The worker's thread
// counts; any thread reads, and adds workers up. A session that is idle costs nothing here.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/count.h"
#include "core/time_counts.h"
#include "proxy/session/end_reason.h"
#include "proxy/session/relay_step.h"

namespace proxy {

enum class Sender : std::uint8_t { client, backend };
inline constexpr std::array kSenders{Sender::client, Sender::backend};
constexpr std::string_view to_string(Sender sender) {
    return sender == Sender::client ? "client" : "backend";
}

/// The same numbers, added up.
struct SessionTally {
    std::array<std::uint64_t, kSenders.size()> bytes{};
    std::array<StanzaCounts, kSenders.size()> stanzas{};
    std::array<std::uint64_t, kEndReasons.size()> ends{};
    core::TimeTally logins;
};

class SessionCounts {
public:
    void note(Sender sender, const RelayStep& step) noexcept {
        Side& side = sides_[static_cast<std::size_t>(sender)];
        side.bytes.add(step.consumed);
        if (step.stanzas.messages != 0) side.messages.add(step.stanzas.messages);
        if (step.stanzas.presences != 0) side.presences.add(step.stanzas.presences);
        if (step.stanzas.iqs != 0) side.iqs.add(step.stanzas.iqs);
    }
    void note_end(EndReason reason) noexcept { ends_[static_cast<std::size_t>(reason)].add(); }
    /// A login got through, this long after its client came.
    void note_login(std::chrono::microseconds took) noexcept { logins_.note(took); }

    void add_to(SessionTally& tally) const noexcept;

private:
    struct Side {
        core::Count bytes;
        core::Count messages;
        core::Count presences;
        core::Count iqs;
    };
    std::array<Side, kSenders.size()> sides_;
    std::array<core::Count, kEndReasons.size()> ends_;
    core::TimeCounts logins_;
};

}  // namespace proxy

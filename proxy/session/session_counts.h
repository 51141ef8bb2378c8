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
#include "xmpp/stream_error.h"

namespace proxy {

enum class Sender : std::uint8_t { client, backend };
inline constexpr std::array kSenders{Sender::client, Sender::backend};
constexpr std::string_view to_string(Sender sender) {
    return sender == Sender::client ? "client" : "backend";
}

/// Who ended a stream with an error.
enum class ErrorFrom : std::uint8_t { proxy, backend };
inline constexpr std::array kErrorsFrom{ErrorFrom::proxy, ErrorFrom::backend};
constexpr std::string_view to_string(ErrorFrom from) {
    return from == ErrorFrom::proxy ? "proxy" : "backend";
}
/// By condition.
template <class Number>
using StreamErrors = std::array<Number, xmpp::kStreamErrorConditions.size()>;

/// The same numbers, added up.
struct SessionTally {
    std::array<std::uint64_t, kSenders.size()> bytes{};  // from each
    std::array<std::uint64_t, kSenders.size()> sent{};   // to each
    std::array<StanzaCounts, kSenders.size()> stanzas{};
    std::array<std::uint64_t, kEndReasons.size()> ends{};
    std::array<StreamErrors<std::uint64_t>, kErrorsFrom.size()> errors{};
    core::TimeTally logins;
};

class SessionCounts {
public:
    void note(Sender sender, const RelayStep& step) noexcept {
        Side& side = sides_[static_cast<std::size_t>(sender)];
        side.bytes.add(step.consumed);
        if (step.sent != 0) other(sender).sent.add(step.sent);
        if (step.stanzas.messages != 0) side.messages.add(step.stanzas.messages);
        if (step.stanzas.presences != 0) side.presences.add(step.stanzas.presences);
        if (step.stanzas.iqs != 0) side.iqs.add(step.stanzas.iqs);
    }
    void note_error(ErrorFrom from, xmpp::StreamErrorCondition condition) noexcept {
        errors_[static_cast<std::size_t>(from)][static_cast<std::size_t>(condition)].add();
    }
    void note_end(EndReason reason) noexcept { ends_[static_cast<std::size_t>(reason)].add(); }
    /// A login got through, this long after its client came.
    void note_login(std::chrono::microseconds took) noexcept { logins_.note(took); }

    void add_to(SessionTally& tally) const noexcept;

private:
    struct Side {
        core::Count bytes;
        core::Count sent;
        core::Count messages;
        core::Count presences;
        core::Count iqs;
    };
    Side& other(Sender sender) noexcept { return sides_[sender == Sender::client ? 1 : 0]; }

    std::array<Side, kSenders.size()> sides_;
    std::array<StreamErrors<core::Count>, kErrorsFrom.size()> errors_;
    std::array<core::Count, kEndReasons.size()> ends_;
    core::TimeCounts logins_;
};

}  // namespace proxy

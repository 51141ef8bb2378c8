#pragma once
// Connections that were refused, for the log: of each address and reason one line at once, then one
// in ten seconds with their number, so that a flood does not become a flood of lines. Where no
// address is to blame, all are one. Bounded; any thread.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/endpoint.h"
#include "core/event_loop.h"

namespace proxy {

enum class Refused : std::uint8_t {
    process_full,      // [limits] sessions, or as many web connections
    per_address,       // [web] per_address
    overloaded,        // more come than there is processor for
    before_login,      // [limits.address], as those below
    address_sessions,  // its `sessions`
    new_per_second,
    failed_logins,
};
inline constexpr std::array kRefused{Refused::process_full,     Refused::per_address,
                                     Refused::overloaded,       Refused::before_login,
                                     Refused::address_sessions, Refused::new_per_second,
                                     Refused::failed_logins};
std::string_view to_string(Refused why);
/// For the client, in a stream error or an answer of HTTP.
std::string_view words_of(Refused why);

/// Since the start of the process, in the order of kRefused.
using RefusedCounts = std::array<std::uint64_t, kRefused.size()>;

class Refusals {
public:
    static constexpr std::chrono::seconds kBetweenLines{10};
    /// Addresses that are told apart; beyond them all are one.
    static constexpr std::size_t kAddresses = 1'000;

    struct Line {
        Refused why{};
        core::Endpoint client;  // the last one
        std::uint64_t count = 0;
    };
    /// One more was refused. Says for how many a line is due now; 0: they are counted.
    std::uint64_t note(Refused why, const core::Endpoint& client, core::TimePoint now);
    /// The lines for those that were counted ten seconds ago or earlier. To be called every second.
    std::vector<Line> due(core::TimePoint now);
    RefusedCounts counts() const;

private:
    struct Count {
        core::TimePoint last_line;
        core::Endpoint client;
        std::uint64_t waiting = 0;
    };
    using Key = std::pair<Refused, std::string>;

    mutable std::mutex mutex_;
    // Guarded by it.
    std::map<Key, Count> counts_;
    RefusedCounts all_{};
};

/// The line: a warning, "session_refused".
void log_refused(const Refusals::Line& line);

}  // namespace proxy

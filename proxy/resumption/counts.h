#pragma once
// What became of the sessions that clients asked to resume (XEP-0198 section 5), and how often
// backends named a way past this proxy. Shared by all workers without a lock; touched when such an
// element passes, never on the way of a stanza. Any thread.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace proxy {

enum class ResumeResult : std::uint8_t {
    resumed,
    not_found,      // the backend does not know the session (any more)
    unexpected,     // it does not resume at this point of the stream
    other_failure,  // it refused with another condition
    refused_here,   // the session is another backend's, which was not reached
    unanswered,     // the stream ended before the backend had answered
};
inline constexpr std::array kResumeResults{ResumeResult::resumed,      ResumeResult::not_found,
                                           ResumeResult::unexpected,   ResumeResult::other_failure,
                                           ResumeResult::refused_here, ResumeResult::unanswered};
constexpr std::string_view to_string(ResumeResult result) {
    switch (result) {
        case ResumeResult::resumed: return "resumed";
        case ResumeResult::not_found: return "item-not-found";
        case ResumeResult::unexpected: return "unexpected-request";
        case ResumeResult::other_failure: return "other-condition";
        case ResumeResult::refused_here: return "refused-here";
        case ResumeResult::unanswered: return "unanswered";
    }
    return "unknown";
}

/// Where a backend would send its clients past this proxy, which cuts it.
enum class SideDoor : std::uint8_t {
    location,        // of `<enabled/>`: XEP-0198 section 5
    see_other_host,  // RFC 6120 section 4.9.3.19
    see_other_uri,   // RFC 7395 section 3.6.1
};
inline constexpr std::array kSideDoors{SideDoor::location, SideDoor::see_other_host,
                                       SideDoor::see_other_uri};
constexpr std::string_view to_string(SideDoor door) {
    switch (door) {
        case SideDoor::location: return "location";
        case SideDoor::see_other_host: return "see-other-host";
        case SideDoor::see_other_uri: return "see-other-uri";
    }
    return "unknown";
}

/// In the order of kResumeResults and kSideDoors, since the start of the process.
using ResumeCounts = std::array<std::uint64_t, kResumeResults.size()>;
using SideDoorCounts = std::array<std::uint64_t, kSideDoors.size()>;

class ResumptionCounts {
public:
    void count(ResumeResult result) noexcept { add(results_, result); }
    void count(SideDoor door) noexcept { add(doors_, door); }

    ResumeCounts results() const noexcept { return values<ResumeCounts>(results_); }
    SideDoorCounts doors() const noexcept { return values<SideDoorCounts>(doors_); }

private:
    template <std::size_t N, class Kind>
    static void add(std::array<std::atomic<std::uint64_t>, N>& counts, Kind kind) noexcept {
        counts[static_cast<std::size_t>(kind)].fetch_add(1, std::memory_order_relaxed);
    }
    template <class Counts, std::size_t N>
    static Counts values(const std::array<std::atomic<std::uint64_t>, N>& counts) noexcept {
        Counts values{};
        for (std::size_t i = 0; i < N; ++i) values[i] = counts[i].load(std::memory_order_relaxed);
        return values;
    }

    std::array<std::atomic<std::uint64_t>, kResumeResults.size()> results_{};
    std::array<std::atomic<std::uint64_t>, kSideDoors.size()> doors_{};
};

}  // namespace proxy

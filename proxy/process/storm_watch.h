#pragma once
// When memory that a storm has left free is worth giving back to the system: once it is over, and
// not while clients still come and go. A handshake takes some 40 KiB for its time, a session leaves
// what it had. Pure; one thread.

#include <algorithm>
#include <cstdint>

namespace proxy {

class StormWatch {
public:
    /// A smaller storm leaves nothing worth a search through the heap.
    static constexpr std::uint32_t kLeast = 500;

    /// So many handshakes in one second are a gust, and a twentieth of the strongest is calm.
    static constexpr std::uint64_t kGust = 100;
    static constexpr std::uint64_t kCalm = 20;

    /// Looks in a row without more who go or come.
    static constexpr int kQuietLooks = 3;

    /// To be called every second with the sessions that are there and the handshakes that have
    /// ended since the start. True: now.
    bool look(std::uint32_t sessions, std::uint64_t handshakes) noexcept {
        const std::uint64_t fresh = handshakes - last_handshakes_;
        const bool few_go = sessions >= last_ - last_ / 20;
        peak_ = std::max(peak_, sessions);
        strongest_ = std::max(strongest_, fresh);
        since_ += fresh;
        last_ = sessions;
        last_handshakes_ = handshakes;
        quiet_ = few_go && (strongest_ < kGust || fresh <= strongest_ / kCalm) ? quiet_ + 1 : 0;
        const bool many_went = sessions <= peak_ / 2 && peak_ - sessions >= kLeast;
        const bool many_came = strongest_ >= kGust && since_ >= kLeast;
        if (quiet_ < kQuietLooks || !(many_went || many_came)) return false;
        peak_ = sessions;
        strongest_ = since_ = 0;
        return true;
    }

private:
    std::uint32_t peak_ = 0;
    std::uint32_t last_ = 0;
    std::uint64_t last_handshakes_ = 0;
    std::uint64_t since_ = 0;      // handshakes since memory was given back
    std::uint64_t strongest_ = 0;  // most of them in a second
    int quiet_ = 0;
};

}  // namespace proxy

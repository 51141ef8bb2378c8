#pragma once
// When memory that a storm of sessions has left free is worth giving back to the system: once it is
// over, and not while they still come and go. Pure; one thread.

#include <algorithm>
#include <cstdint>

namespace proxy {

class StormWatch {
public:
    /// A smaller storm leaves nothing worth a search through the heap.
    static constexpr std::uint32_t kLeast = 500;

    /// Looks in a row without more who go.
    static constexpr int kQuietLooks = 3;

    /// To be called every second with what there is now. True: now.
    bool look(std::uint32_t sessions) noexcept {
        peak_ = std::max(peak_, sessions);
        quiet_ = sessions >= last_ - last_ / 20 ? quiet_ + 1 : 0;
        last_ = sessions;
        if (quiet_ < kQuietLooks || sessions > peak_ / 2 || peak_ - sessions < kLeast) return false;
        peak_ = sessions;
        return true;
    }

private:
    std::uint32_t peak_ = 0;
    std::uint32_t last_ = 0;
    int quiet_ = 0;
};

}  // namespace proxy

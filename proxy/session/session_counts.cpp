#include "proxy/session/session_counts.h"

#include <algorithm>

namespace proxy {

void SessionCounts::note_login(std::chrono::microseconds took) noexcept {
    const double seconds = std::chrono::duration<double>(took).count();
    const auto step = std::lower_bound(kLoginSeconds.begin(), kLoginSeconds.end(), seconds);
    logins_[static_cast<std::size_t>(step - kLoginSeconds.begin())].add();
    login_microseconds_.add(static_cast<std::uint64_t>(took.count()));
}

void SessionCounts::add_to(SessionTally& tally) const noexcept {
    for (std::size_t i = 0; i < sides_.size(); ++i) {
        tally.bytes[i] += sides_[i].bytes.value();
        tally.stanzas[i].messages += sides_[i].messages.value();
        tally.stanzas[i].presences += sides_[i].presences.value();
        tally.stanzas[i].iqs += sides_[i].iqs.value();
    }
    for (std::size_t i = 0; i < ends_.size(); ++i) tally.ends[i] += ends_[i].value();
    for (std::size_t i = 0; i < logins_.size(); ++i) tally.logins[i] += logins_[i].value();
    tally.login_seconds += static_cast<double>(login_microseconds_.value()) / 1e6;
}

}  // namespace proxy

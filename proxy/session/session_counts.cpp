#include "proxy/session/session_counts.h"

namespace proxy {

void SessionCounts::add_to(SessionTally& tally) const noexcept {
    for (std::size_t i = 0; i < sides_.size(); ++i) {
        tally.bytes[i] += sides_[i].bytes.value();
        tally.sent[i] += sides_[i].sent.value();
        tally.stanzas[i].messages += sides_[i].messages.value();
        tally.stanzas[i].presences += sides_[i].presences.value();
        tally.stanzas[i].iqs += sides_[i].iqs.value();
    }
    for (std::size_t i = 0; i < ends_.size(); ++i) tally.ends[i] += ends_[i].value();
    for (std::size_t from = 0; from < errors_.size(); ++from)
        for (std::size_t i = 0; i < errors_[from].size(); ++i)
            tally.errors[from][i] += errors_[from][i].value();
    logins_.add_to(tally.logins);
}

}  // namespace proxy

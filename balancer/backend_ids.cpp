// Never given ids go first, so that one that was given rests as long as possible.

#include "balancer/backend_ids.h"

namespace balancer {

std::optional<BackendId> BackendIds::id_of(std::string_view pool, std::string_view backend) {
    std::pair<std::string, std::string> name(pool, backend);
    if (const auto known = given_.find(name); known != given_.end()) return known->second.id;
    std::optional<BackendId> id;
    if (next_ < kMaxBackends) {
        id = BackendId(next_++);
    } else if (!free_.empty()) {
        id = free_.back();
        free_.pop_back();
    } else {
        return std::nullopt;
    }
    given_.emplace(std::move(name), Given{*id, std::nullopt});
    return id;
}

void BackendIds::tidy(const std::set<BackendId>& in_table, LoadBoard& loads, TimePoint now) {
    for (auto entry = given_.begin(); entry != given_.end();) {
        Given& given = entry->second;
        if (in_table.contains(given.id)) {
            given.unused_since.reset();
        } else if (!given.unused_since) {
            given.unused_since = now;
        } else if (now - *given.unused_since >= kRest && loads.sessions(given.id) == 0) {
            loads.begin_anew(given.id);
            free_.push_back(given.id);
            entry = given_.erase(entry);
            continue;
        }
        ++entry;
    }
}

}  // namespace balancer

#pragma once
// Gives each pool's backend its id and keeps it over reloads and changes of DNS. Owned by the
// thread that makes the snapshots; never shared. Time is an argument.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "balancer/backend_id.h"
#include "balancer/load_board.h"

namespace balancer {

class BackendIds {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// How long an id rests after its backend has left the table, before another backend may get
    /// it. By then nobody remembers the id but sessions: candidates are held while connecting
    /// (seconds), reports of workers arrive in moments, FailureMemory rests a backend for 30 s at
    /// most and forgets it after twice that, buckets of ConnectRate fill within two seconds.
    static constexpr std::chrono::minutes kRest{10};

    /// The id of a backend, a new one at the first meeting; nullopt when all are given out.
    std::optional<BackendId> id_of(std::string_view pool, std::string_view backend);

    /// To be called with the ids of the table in use whenever its members have changed, and before
    /// new members are made. Ids that were out of the table for kRest and have no sessions may be
    /// given again from now on; the board begins their accounts anew. An id that id_of gave and
    /// that never came into the table rests from the next call on.
    void tidy(const std::set<BackendId>& in_table, LoadBoard& loads, TimePoint now);

private:
    struct Given {
        BackendId id;
        std::optional<TimePoint> unused_since;  // none while in the table
    };
    std::map<std::pair<std::string, std::string>, Given> given_;  // by pool and backend
    std::vector<BackendId> free_;                                 // given before
    std::uint32_t next_ = 0;                                      // never given yet
};

}  // namespace balancer

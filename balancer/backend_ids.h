#pragma once
// Gives each pool's backend its id and keeps it over reloads and changes of DNS. Owned by the
// thread that makes the snapshots; never shared. Time is an argument.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "balancer/backend_id.h"
#include "balancer/load_board.h"

namespace balancer {

struct RoutingTable;

class BackendIds {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// So long an id rests after its backend has left the table, before another one may have it.
    /// All that remembers ids without a session is forgotten or overtaken by then: candidates held
    /// while connecting (seconds), reports of workers (moments), FailureMemory (no rest is longer
    /// than 30 s, none counts after twice that), ConnectRate (buckets fill within two seconds).
    static constexpr std::chrono::minutes kRest{10};

    /// The id of a backend, a new one at the first meeting; nullopt when all are given out.
    std::optional<BackendId> id_of(std::string_view pool, std::string_view backend);

    /// To be called with the table in use whenever its members have changed, and before new members
    /// are made. Ids that were out of the table for kRest and have no sessions may be given again
    /// from now on; the board begins their accounts anew. An id that id_of gave and that never came
    /// into the table rests from the next call on.
    void tidy(const RoutingTable& table, LoadBoard& loads, TimePoint now);

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

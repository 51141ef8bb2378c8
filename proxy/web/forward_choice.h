#pragma once
// Which backends a forwarded request may go to, best first. Requests that have a key in common (an
// address, a room) go the same way, in every proxy. Pure; any thread.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "balancer/backend_pool.h"
#include "balancer/owner.h"

namespace proxy {

/// The value of `name` in a query, with its encodings undone, so that all ways to write it are one.
/// The first one counts; nullopt: there is none, or it is empty.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

using IsResting = std::function<bool(const balancer::Member&)>;

/// Places in `pool.members()`, `most` at most; none: no backend takes requests. The owner comes
/// first unless it is down or in maintenance: also in drain and at weight 0, where others get no
/// new keys. Then come tiers, each by the key's score, then those that rest after a failure, then
/// those whose checks fail, if the pool has such a last resort.
std::vector<std::uint32_t> forward_order(const balancer::BackendPool& pool, std::uint64_t key,
                                         std::optional<balancer::Owner> owner,
                                         const IsResting& is_resting, std::size_t most);

}  // namespace proxy

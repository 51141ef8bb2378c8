#pragma once
// Records as values in Redis and back. What a script must read or change stands in fields of its
// own in front: the owner of a route, the version of a roster item. Pure; any thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/store/records.h"

namespace backend {

std::string encode_account(const Account& account);
std::optional<Account> decode_account(std::string_view bytes);

/// A route without its node, which the script puts in front as a field.
std::string encode_route_rest(const Route& route);
/// A whole route: the node's field, then the rest.
std::optional<Route> decode_route(std::string_view bytes);

/// A roster item without `changed_at`, which the script puts in front as a field.
std::string encode_roster_rest(const RosterItem& item);
std::optional<RosterItem> decode_roster_item(std::string_view bytes);

std::string encode_list(const std::vector<std::string>& texts);
std::optional<std::vector<std::string>> decode_list(std::string_view bytes);

/// A session's name as one string: member of sets, key of maps.
std::string encode_ref(const SessionRef& ref);
std::optional<SessionRef> decode_ref(std::string_view bytes);

}  // namespace backend

#pragma once
// Roster items: found, checked, written as XML, changed with a push to everyone who has asked for
// the roster (RFC 6121 section 2). Pure; any thread.

#include <string>
#include <string_view>

#include "backend/rules/plan_builder.h"
#include "backend/store/records.h"

namespace backend {

inline constexpr std::size_t kRosterItems = 1'000;         // pending requests of others included
inline constexpr std::size_t kRosterBytes = 512 * 1024;    // as XML; a queue takes four times that
inline constexpr std::size_t kRosterNameBytes = 1'023;     // of a name or group
inline constexpr std::size_t kRosterGroups = 50;           // of one item
inline constexpr std::size_t kStoredRequestBytes = 4'096;  // of a `subscribe` kept for later

/// The item for a contact (bare JID), null if there is none; items of strangers with an open
/// request included.
const RosterItem* item_for(const Roster& roster, std::string_view contact);
/// The same; a new one, not listed yet, if there is none.
RosterItem item_or_new(const Roster& roster, std::string_view contact);

/// <query/> with all listed items and the version.
std::string roster_xml(const Roster& roster);

/// Does one more item, or this one changed, still fit?
bool has_room_for(const Roster& roster, const RosterItem& item);

/// Writes the item, with a push when its users can see the difference to `before` (may be null). An
/// item that says nothing any more is removed.
void put_item(PlanBuilder& plan, const std::string& user, const RosterItem* before,
              const RosterItem& item);
/// Takes a listed item out of the roster; what the contact has asked for stays open.
void remove_item(PlanBuilder& plan, const std::string& user, RosterItem item);

}  // namespace backend

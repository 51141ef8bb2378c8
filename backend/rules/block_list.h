#pragma once
// Whom a block list of XEP-0191 names. Pure; any thread.

#include <string>
#include <string_view>

#include "backend/store/records.h"

namespace backend {

/// Does `entry` name `jid` (both prepared)? A full JID names itself, a bare one all its resources,
/// a domain itself and all of its users (XEP-0191 section 3.1, as XEP-0016 section 2.1).
bool is_named_by(std::string_view jid, std::string_view entry);

/// Has `owner` (bare JID) blocked `jid`? Nobody blocks himself.
bool has_blocked(std::string_view owner, const UserSnapshot& snapshot, std::string_view jid);

/// The application-specific condition for what is sent to somebody whom one has blocked.
std::string blocked_detail();

}  // namespace backend

#pragma once
// To whom a message for an account goes: the table of RFC 6121 section 8.5.4, as values. Pure; any
// thread.

#include <cstdint>
#include <string_view>
#include <vector>

#include "backend/store/records.h"

namespace backend {

/// RFC 6121 section 5.2.2; a type that nobody knows is `normal`.
enum class MessageType : std::uint8_t { normal, chat, groupchat, headline, error };
MessageType message_type(std::string_view type);

/// What becomes of a message that has no session to go to.
enum class Otherwise : std::uint8_t { drop, refuse, store };

struct Delivery {
    std::vector<const Route*> routes;  // of the snapshot
    Otherwise otherwise = Otherwise::drop;
};

/// `resource` empty: for the bare JID. Where the RFC leaves a choice: every session with a
/// non-negative priority gets a message for the bare JID, and what could be stored is.
Delivery delivery_of(MessageType type, std::string_view resource, const UserSnapshot& to);

}  // namespace backend

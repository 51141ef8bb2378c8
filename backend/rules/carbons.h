#pragma once
// Copies of messages for the other sessions of a user (XEP-0280 version 1.0). Pure; any thread.

#include <string>
#include <string_view>

#include "backend/rules/delivery.h"
#include "backend/store/records.h"
#include "xmpp/element.h"

namespace backend {

enum class CarbonKind : std::uint8_t { sent, received };

/// The rules of XEP-0280 section 6.1: chat, or normal with what instant messaging is made of; never
/// what is marked as private.
bool may_be_copied(MessageType type, xmpp::Element message);

/// `message` without <private/>, which is for servers only (section 8).
std::string without_private(std::string_view message);

/// The copy of `message` (from and to stamped) for `user`.
std::string carbon(CarbonKind kind, std::string_view user, std::string_view message,
                   std::string_view type);

/// The message inside such a copy from the own account of `user`, as an element of its own; empty
/// for any other stanza.
struct Unwrapped {
    bool is_carbon = false;
    CarbonKind kind{};
    std::string message;
};
Unwrapped unwrap_carbon(std::string_view user, std::string_view bytes, xmpp::Element root);

}  // namespace backend

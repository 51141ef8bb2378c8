#pragma once
// Which elements of a client may reach a backend. The rules are the same before and after a backend
// is chosen. Pure; any thread.

#include <optional>

#include "proxy/session/relay_step.h"
#include "xmpp/stream_scanner.h"

namespace proxy {

/// For an element that is never to be passed on, why the session ends; nullopt for others, and for
/// what is answered here instead (xmpp/client_elements.h, asks_for_compression).
std::optional<RelayEnd> judge_element(const xmpp::Token& element);

/// For an element that may be passed on, but not before login, why the session ends.
std::optional<RelayEnd> judge_element_before_login(const xmpp::Token& element);

}  // namespace proxy

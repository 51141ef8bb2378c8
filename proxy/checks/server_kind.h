#pragma once
// Which server a backend is, as far as its first words show it: a guess, good enough to name the
// right switch to an operator. Pure; any thread.

#include <cstdint>
#include <string_view>

namespace proxy {

enum class ServerKind : std::uint8_t { unknown, ejabberd, openfire, prosody };

/// By the stream's id and by the `node` of the entity capabilities (XEP-0115) among its features;
/// either may be empty.
ServerKind guess_server(std::string_view stream_id, std::string_view caps_node);

}  // namespace proxy

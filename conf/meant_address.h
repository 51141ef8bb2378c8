#pragma once
// What an address or a domain that cannot be read probably means, as the hint of a message: what
// was right in it, its port above all, stays. Pure; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace conf {

/// `text` without what other programs write around "HOST:PORT": a scheme and a path
/// ("tcp://10.0.0.1:5222/"), blanks, quotes.
std::string bare_address(std::string_view text);

/// Where to listen instead: an address of this machine. `port` is written where none is meant.
std::string listen_hint(std::string_view text, std::uint16_t port);
/// Where an XMPP server is instead.
std::string backend_hint(std::string_view text);
/// Where a name server is instead; what is no address has none.
std::string name_server_hint(std::string_view text);
/// `example` with another port: where a port alone was written.
std::string with_port(std::string_view example, std::int64_t port);

/// The domain in "xmpp:romeo@example.org", "https://example.org/", "example.org:5222", or
/// "*.example.org" for "*example.org" and ".example.org".
std::optional<std::string> meant_domain(std::string_view text);

}  // namespace conf

#pragma once
// Character data on its way out, and the UTF-8 rule on its way in. Pure; any thread.

#include <string>
#include <string_view>

namespace xmpp {

/// Well-formed UTF-8 by RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF.
bool is_utf8(std::string_view bytes);

/// Space, tab, line feed, carriage return: XML 1.0 production S. True for the empty string.
bool is_white_space(std::string_view bytes);

/// Appends `text` so that it reads back equal both as an attribute value in either quote and as
/// element content: the five special characters as entities, tab, LF and CR as character references
/// (they would be normalised otherwise). Any bytes may go in, the result is always legal: each byte
/// that is not part of well-formed UTF-8, and each character that XML 1.0 has no place for, becomes
/// U+FFFD.
void append_escaped(std::string& out, std::string_view text);

/// append_escaped into a new string.
std::string escaped(std::string_view text);

}  // namespace xmpp

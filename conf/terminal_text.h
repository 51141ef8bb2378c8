#pragma once
// Text from files and peers, made harmless for a terminal and for its reader. Pure; any thread.

#include <cstddef>
#include <string>
#include <string_view>

namespace conf {

/// `text` fit for one line of a terminal, one column a character. A tab becomes a blank; what may
/// not be shown (core/shown_text) becomes '?', as does each byte that is not UTF-8.
std::string printable(std::string_view text);

/// Whether ASCII control characters, a tab among them, stand in it.
bool has_control_characters(std::string_view text);

/// A line of a file, or a part of it, with a star for each character of the password in a URL
/// ("redis://user:password@host"): what is shown may end in a log.
std::string without_password(std::string_view line);

/// Printable text in lines of at most `columns`, all but the first behind `indent` blanks, without
/// an end of line at the end. It is broken at blanks, but not within its first `kept` bytes,
/// quotes, square brackets and `key = value`, which are to be copied; such a part that is longer
/// stays whole.
std::string broken_at_blanks(std::string_view text, std::size_t kept, std::size_t columns,
                             std::size_t indent);

/// Columns that printable text takes.
std::size_t columns_of(std::string_view text);

}  // namespace conf

#pragma once
// Texts from outside as a line of a log or an answer shows them: what they hold never ends the
// line, breaks out of its quotes or steers a terminal. Pure; any thread.

#include <string>
#include <string_view>

namespace core {

/// `value` as a text line shows it: as it is, or in quotes when it is empty or holds blanks,
/// quotes, '=', '\' or what may not be shown (core/shown_text); those are escaped as \n, \t, \r,
/// \",
/// \\, and \xNN for each byte (of what is not UTF-8 as well).
std::string text_quoted(std::string_view value);
/// `value` as a JSON string with its quotes; what may not be shown is escaped as \uNNNN, bytes that
/// are not UTF-8 become U+FFFD.
std::string json_quoted(std::string_view value);

}  // namespace core

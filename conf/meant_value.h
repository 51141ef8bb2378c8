#pragma once
// What a value that cannot be read probably means. For hints alone: nothing is ever used that the
// operator has not written himself. Pure; any thread.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace conf {

/// `written` without what people and other formats put around a value: blanks, quotes of any kind,
/// a ";" or "," at the end, a remark behind "//".
std::string_view bare_value(std::string_view written);
/// Whether one of the quotes that word processors make of " and ' stands in it.
bool has_typographic_quotes(std::string_view written);

/// The time as conf/units reads it, in the unit that was written where it can be: "5m" for "5min",
/// "90s" for "1m30s"; seconds where no unit stands.
std::optional<std::string> meant_time(std::string_view written);
/// The size as conf/units reads it: "256KiB" for "256k", "1MB" for "1 MB"; bytes where no unit
/// stands.
std::optional<std::string> meant_size(std::string_view written);
/// "100" or "1,000" or "50%" or "2.0".
std::optional<std::int64_t> meant_number(std::string_view written);
/// "yes", "On", "1" and the like.
std::optional<bool> meant_boolean(std::string_view written);

/// Those of `words`, in their order, that may be meant. "true" never means "off", nor "false"
/// another word than it; of versions, "v1" and "v2", the newest is meant by "true".
std::vector<std::string_view> meant_words(std::string_view written,
                                          std::span<const std::string_view> words);

}  // namespace conf

#pragma once
// What to write for a value of the wrong kind, unit or spelling: what was meant, where that can be
// told (conf/meant_value), else an example. `written` is the value as the file has it. Pure; any
// thread.

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "conf/findings.h"
#include "conf/toml_node.h"

namespace conf {

template <class T>
struct Range {
    T least;
    T most;
};

/// As the file has it, a text without its quotes, one alone in an array too; "" of tables and other
/// arrays.
std::string written_text(const TomlNode& node, const Findings& findings);

/// For a text. `node` is what stands there, or null.
std::string text_hint(std::string_view key, std::string_view example, const TomlNode* node,
                      std::string_view written);
/// For an array of texts, where one text stands or nothing readable.
std::string texts_hint(std::string_view key, std::string_view example, std::string_view written);
std::string boolean_hint(std::string_view key, std::string_view written);
std::string number_hint(std::string_view key, std::string_view written, Range<std::int64_t> range);
std::string time_hint(std::string_view key, std::string_view written,
                      Range<std::chrono::milliseconds> range, std::string_view example);
std::string size_hint(std::string_view key, std::string_view written, Range<std::uint64_t> range,
                      std::string_view example);

/// `tls = "starttls" or "direct"`
std::string assigned(std::string_view key, std::span<const std::string_view> words);

}  // namespace conf

#pragma once
// Reads one TOML table into plain fields: type, unit, range and spelling of each key, and at the
// end every key that nobody asked for. What is wrong goes to Findings and the field keeps its
// default, so that one run finds everything. One examination, one thread.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "conf/toml_node.h"
#include "conf/value_hint.h"
#include "conf/words.h"

namespace conf {

class TableReader {
public:
    /// `path` is the table's key ("pool.main"), `where` its name for people; both empty at the
    /// root. `later` lists keys that are known, but not in this version.
    TableReader(const TomlNode& table, std::string path, std::string where, Findings& findings,
                std::span<const std::string_view> later = {});

    /// The child, whatever its kind; asking makes the key known. Null when absent.
    const TomlNode* find(std::string_view key);
    /// The child when it is a table, or the elements when it is an array of tables; else a problem.
    /// `example`: the header to write, where not that of the child itself.
    const TomlNode* table(std::string_view key, std::string_view example = {});
    std::vector<const TomlNode*> tables(std::string_view key);

    bool text(std::string_view key, std::string_view example, std::string& out);
    /// The texts of an array, at most `most`. An element that is no text is a problem.
    std::vector<const TomlNode*> texts(std::string_view key, std::string_view example,
                                       std::size_t most);
    bool boolean(std::string_view key, bool& out);
    template <class T>
    bool number(std::string_view key, Range<std::int64_t> range, T& out) {
        const auto value = whole_number(key, range);
        if (value) out = static_cast<T>(*value);
        return value.has_value();
    }
    template <class Rep, class Period>
    bool time(std::string_view key, Range<std::chrono::milliseconds> range,
              std::chrono::duration<Rep, Period>& out) {
        const auto value = milliseconds(key, range, time_example(out));
        if (value) out = std::chrono::duration_cast<std::chrono::duration<Rep, Period>>(*value);
        return value.has_value();
    }
    bool size(std::string_view key, Range<std::uint64_t> range, std::uint32_t& out);
    /// A path; relative ones start at `folder`.
    bool path(std::string_view key, const std::filesystem::path& folder,
              std::filesystem::path& out);
    template <class E>
    bool choice(std::string_view key, std::span<const Choice<E>> choices,
                std::span<const std::string_view> later_words, E& out) {
        std::vector<std::string_view> words;
        for (const Choice<E>& each : choices) words.push_back(each.word);
        const auto index = word(key, words, later_words);
        if (index) out = choices[*index].value;
        return index.has_value();
    }

    /// Reports the keys that were not asked for. Call once, last.
    void finish();

    void error(const TomlNode& at, std::string what, std::string hint);
    /// The same for an element of the array `key`.
    void error(std::string_view key, const TomlNode& at, std::string what, std::string hint);
    void missing(std::string_view key, std::string hint);
    std::string key_path(std::string_view key) const { return joined_key(path_, key); }
    const std::string& where() const noexcept { return where_; }

private:
    const TomlNode* typed(std::string_view key, TomlNode::Kind kind, std::string_view hint);
    std::string written(std::string_view key) const;
    std::optional<std::int64_t> whole_number(std::string_view key, Range<std::int64_t> range);
    std::optional<std::chrono::milliseconds> milliseconds(std::string_view key,
                                                          Range<std::chrono::milliseconds> range,
                                                          std::string_view example);
    std::optional<std::size_t> word(std::string_view key, std::span<const std::string_view> words,
                                    std::span<const std::string_view> later_words);
    static std::string time_example(std::chrono::milliseconds value);

    const TomlNode& table_;
    std::string path_;
    std::string where_;
    Findings& findings_;
    std::vector<std::string_view> later_;
    std::vector<std::string_view> known_;
};

/// Whether a child of [domain] or [pool] is a table of its own, as in `example`; else a problem.
bool is_named_table(const TomlNode& node, const std::string& path, std::string_view example,
                    Findings& findings);

}  // namespace conf

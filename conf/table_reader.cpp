// Each method says what stands there, what may stand there, and what to write.

#include "conf/table_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "conf/near_name.h"
#include "conf/terminal_text.h"
#include "conf/units.h"

namespace conf {
namespace {

std::string listed(std::span<const std::string_view> words) {
    std::string list;
    for (const std::string_view word : words)
        list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", word);
    return list;
}

bool contains(std::span<const std::string_view> words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

TableReader::TableReader(const Node& table, std::string path, std::string where, Findings& findings,
                         std::span<const std::string_view> later)
    : table_(table),
      path_(std::move(path)),
      where_(std::move(where)),
      findings_(findings),
      later_(later.begin(), later.end()) {
    if (!path_.empty()) findings_.note(path_, table.key_place);
}

const Node* TableReader::find(std::string_view key) {
    if (!contains(known_, key)) known_.push_back(key);
    const Node* node = table_.find(key);
    if (node != nullptr) findings_.note(key_path(key), node->key_place);
    return node;
}

void TableReader::error(const Node& at, std::string what, std::string hint) {
    error(at.key, at, std::move(what), std::move(hint));
}

void TableReader::error(std::string_view key, const Node& at, std::string what, std::string hint) {
    findings_.error(at.place, {key_path(key), where_, std::move(what), std::move(hint)});
}

void TableReader::missing(std::string_view key, std::string hint) {
    const Span place = path_.empty() ? Span{} : table_.key_place;
    findings_.missing(
        place, {key_path(key), where_, fmt::format("\"{}\" is missing", key), std::move(hint)});
}

const Node* TableReader::typed(std::string_view key, Node::Kind kind, std::string_view hint) {
    const Node* node = find(key);
    if (node == nullptr || node->kind == kind) return node;
    error(*node,
          fmt::format("\"{}\" must be {}, not {}", key, to_string(kind), to_string(node->kind)),
          std::string(hint));
    return nullptr;
}

const Node* TableReader::table(std::string_view key) {
    return typed(key, Node::Kind::table,
                 fmt::format("write [{}] on a line of its own", key_path(key)));
}

std::vector<const Node*> TableReader::tables(std::string_view key) {
    const std::string hint = fmt::format("write [[{}]] on a line of its own", key_path(key));
    const Node* array = typed(key, Node::Kind::array, hint);
    std::vector<const Node*> elements;
    if (array == nullptr) return elements;
    for (const Node& element : array->children) {
        if (element.kind == Node::Kind::table) {
            elements.push_back(&element);
        } else {
            error(key, element,
                  fmt::format("\"{}\" holds {}, not a table", key, to_string(element.kind)), hint);
        }
    }
    return elements;
}

bool TableReader::text(std::string_view key, std::string_view example, std::string& out) {
    const Node* node =
        typed(key, Node::Kind::string, fmt::format("write {} = \"{}\"", key, example));
    if (node == nullptr) return false;
    out = node->text;
    return true;
}

std::vector<const Node*> TableReader::texts(std::string_view key, std::string_view example,
                                            std::size_t most) {
    const std::string hint = fmt::format("write {} = [\"{}\"]", key, example);
    std::vector<const Node*> elements;
    const Node* array = typed(key, Node::Kind::array, hint);
    if (array == nullptr) return elements;
    for (const Node& element : array->children) {
        if (element.kind == Node::Kind::string) {
            elements.push_back(&element);
        } else {
            error(key, element,
                  fmt::format("\"{}\" holds {}, not text", key, to_string(element.kind)), hint);
        }
    }
    if (elements.size() > most) {
        error(key, *elements[most], fmt::format("\"{}\" holds more than {}", key, most),
              fmt::format("keep the first {}", most));
        elements.resize(most);
    }
    return elements;
}

bool TableReader::boolean(std::string_view key, bool& out) {
    const Node* node =
        typed(key, Node::Kind::boolean, fmt::format("write {0} = true or {0} = false", key));
    if (node == nullptr) return false;
    out = node->boolean;
    return true;
}

std::optional<std::int64_t> TableReader::whole_number(std::string_view key,
                                                      Range<std::int64_t> range) {
    const std::string hint = fmt::format("write a number from {} to {}", range.least, range.most);
    const Node* node = typed(key, Node::Kind::integer, hint);
    if (node == nullptr) return std::nullopt;
    if (node->integer < range.least || node->integer > range.most) {
        error(*node, fmt::format("\"{}\" is out of range", key), hint);
        return std::nullopt;
    }
    return node->integer;
}

std::string TableReader::time_example(std::chrono::milliseconds value) {
    return time_text(value);
}

std::optional<std::chrono::milliseconds> TableReader::milliseconds(
    std::string_view key, Range<std::chrono::milliseconds> range, std::string_view example) {
    const Node* node = find(key);
    if (node == nullptr) return std::nullopt;
    const std::string hint =
        fmt::format("write {} = \"{}\"; units are ms, s, m, h, d", key, example);
    if (node->kind == Node::Kind::integer) {
        const auto meant = parse_time(fmt::format("{}s", node->integer));
        const bool is_possible = meant && *meant >= range.least && *meant <= range.most;
        error(*node, fmt::format("\"{}\" needs a unit", key),
              is_possible ? fmt::format("write \"{}s\"", node->integer) : hint);
        return std::nullopt;
    }
    if (typed(key, Node::Kind::string, hint) == nullptr) return std::nullopt;
    const auto value = parse_time(node->text);
    if (!value) {
        error(*node, fmt::format("\"{}\" is no time: {}", key, in_quotes(node->text)), hint);
        return std::nullopt;
    }
    if (*value < range.least || *value > range.most) {
        error(*node, fmt::format("\"{}\" is out of range", key),
              fmt::format("write a time from \"{}\" to \"{}\"", time_text(range.least),
                          time_text(range.most)));
        return std::nullopt;
    }
    return value;
}

bool TableReader::size(std::string_view key, Range<std::uint64_t> range, std::uint32_t& out) {
    const Node* node = find(key);
    if (node == nullptr) return false;
    const std::string hint =
        fmt::format("write {} = \"{}\"; units are B, KB, KiB, MB, MiB", key, size_text(out));
    if (node->kind == Node::Kind::integer) {
        const auto meant = static_cast<std::uint64_t>(std::max<std::int64_t>(node->integer, 0));
        const bool is_possible = meant >= range.least && meant <= range.most;
        error(*node, fmt::format("\"{}\" needs a unit", key),
              is_possible ? fmt::format("write \"{}\"", size_text(meant)) : hint);
        return false;
    }
    if (typed(key, Node::Kind::string, hint) == nullptr) return false;
    const auto value = parse_size(node->text);
    if (!value) {
        error(*node, fmt::format("\"{}\" is no size: {}", key, in_quotes(node->text)), hint);
        return false;
    }
    if (*value < range.least || *value > range.most) {
        error(*node, fmt::format("\"{}\" is out of range", key),
              fmt::format("write a size from \"{}\" to \"{}\"", size_text(range.least),
                          size_text(range.most)));
        return false;
    }
    out = static_cast<std::uint32_t>(*value);
    return true;
}

bool TableReader::path(std::string_view key, const std::filesystem::path& folder,
                       std::filesystem::path& out) {
    std::string written;
    if (!text(key, "path", written)) return false;
    // A NUL would end the path early, and the others are never meant.
    if (has_control_characters(written)) {
        error(*find(key), fmt::format("\"{}\" holds a control character", key),
              "write a path without any");
        return false;
    }
    out = written.empty() ? std::filesystem::path() : (folder / written).lexically_normal();
    return true;
}

std::optional<std::size_t> TableReader::word(std::string_view key,
                                             std::span<const std::string_view> words,
                                             std::span<const std::string_view> later_words) {
    const Node* node =
        typed(key, Node::Kind::string, fmt::format("write {} = \"{}\"", key, words.front()));
    if (node == nullptr) return std::nullopt;
    const auto found = std::find(words.begin(), words.end(), node->text);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    const std::string choices = "write one of " + listed(words);
    if (contains(later_words, node->text)) {
        error(*node, fmt::format("\"{}\" = {} is not in this version", key, in_quotes(node->text)),
              choices);
        return std::nullopt;
    }
    const std::string meant = did_you_mean(node->text, words);
    error(*node, fmt::format("unknown \"{}\" {}", key, in_quotes(node->text)),
          meant.empty() ? choices : meant + " " + choices);
    return std::nullopt;
}

void TableReader::finish() {
    for (const Node& child : table_.children) {
        if (contains(known_, child.key)) continue;
        const bool is_table = child.kind == Node::Kind::table ||
                              (child.kind == Node::Kind::array && !child.children.empty() &&
                               child.children.front().kind == Node::Kind::table);
        const char* noun = is_table ? "table" : "key";
        Message message{key_path(child.key), where_, "", ""};
        if (contains(later_, child.key)) {
            message.what = fmt::format("{} {} is not in this version", noun, in_quotes(child.key));
            message.hint = "remove it";
        } else {
            message.what = fmt::format("unknown {} {}", noun, in_quotes(child.key));
            message.hint = did_you_mean(child.key, known_);
            if (message.hint.empty()) message.hint = "known here: " + listed(known_);
        }
        findings_.error(child.key_place, std::move(message));
    }
}

bool is_named_table(const Node& node, const std::string& path, std::string_view example,
                    Findings& findings) {
    if (node.kind == Node::Kind::table) return true;
    findings.note(path, node.key_place);
    findings.error(
        node.place,
        {path, "", fmt::format("\"{}\" must be a table, not {}", path, to_string(node.kind)),
         fmt::format("write a header like {}", example)});
    return false;
}

}  // namespace conf

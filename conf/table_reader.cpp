// Each method says what stands there, what may stand there, and what to write.

#include "conf/table_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "conf/key_catalogue.h"
#include "conf/meant_value.h"
#include "conf/near_name.h"
#include "conf/terminal_text.h"
#include "conf/units.h"
#include "conf/unknown_key.h"

namespace conf {
namespace {

bool contains(std::span<const std::string_view> words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// What is wrong with a value that TOML does not take.
std::string loose_sentence(std::string_view key, TomlNode::Kind wanted, std::string_view written) {
    if (has_typographic_quotes(written))
        return fmt::format("typographic quotes around the value of \"{}\"", key);
    if (written.find(" //") != std::string_view::npos)
        return fmt::format("a remark behind the value of \"{}\" that does not begin with \"#\"",
                           key);
    if (written.ends_with(';') || written.ends_with(','))
        return fmt::format("\"{}\" behind the value of \"{}\"", written.back(), key);
    if (wanted == TomlNode::Kind::string)
        return fmt::format("the value of \"{}\" needs quotes", key);
    return fmt::format("\"{}\" must be {}, not {}", key, to_string(wanted), in_quotes(written));
}

}  // namespace

TableReader::TableReader(const TomlNode& table, std::string path, std::string where,
                         Findings& findings, std::span<const std::string_view> later)
    : table_(table),
      path_(std::move(path)),
      where_(std::move(where)),
      findings_(findings),
      later_(later.begin(), later.end()) {
    if (!path_.empty()) findings_.note(path_, table.key_place);
}

const TomlNode* TableReader::find(std::string_view key) {
    if (!contains(known_, key)) known_.push_back(key);
    const TomlNode* node = table_.find(key);
    if (node != nullptr) findings_.note(key_path(key), node->key_place);
    return node;
}

void TableReader::error(const TomlNode& at, std::string what, std::string hint) {
    error(at.key, at, std::move(what), std::move(hint));
}

void TableReader::error(std::string_view key, const TomlNode& at, std::string what,
                        std::string hint) {
    findings_.error(at.place, {key_path(key), where_, std::move(what), std::move(hint)});
}

void TableReader::missing(std::string_view key, std::string hint) {
    const Span place = path_.empty() ? Span{} : table_.key_place;
    findings_.missing(
        place, {key_path(key), where_, fmt::format("\"{}\" is missing", key), std::move(hint)});
}

/// The value as the file has it.
std::string TableReader::written(std::string_view key) const {
    const TomlNode* node = table_.find(key);
    return node == nullptr ? std::string() : written_text(*node, findings_);
}

const TomlNode* TableReader::typed(std::string_view key, TomlNode::Kind kind,
                                   std::string_view hint) {
    const TomlNode* node = find(key);
    if (node == nullptr || node->kind == kind) return node;
    error(*node,
          node->kind == TomlNode::Kind::loose ? loose_sentence(key, kind, node->text)
                                              : fmt::format("\"{}\" must be {}, not {}", key,
                                                            to_string(kind), to_string(node->kind)),
          std::string(hint));
    return nullptr;
}

const TomlNode* TableReader::table(std::string_view key, std::string_view example) {
    std::string header =
        example.empty() ? fmt::format("[{}]", key_path(key)) : std::string(example);
    const TomlNode* there = find(key);
    if (there != nullptr && !example.empty() && !there->children.empty()) {
        // [[domain]] with name = "example.org"
        const TomlNode* name = there->children.front().find("name");
        if (name != nullptr && !name->text.empty())
            header = fmt::format("[{}]", joined_key(key_path(key), name->text));
    }
    return typed(key, TomlNode::Kind::table, fmt::format("write {} on a line of its own", header));
}

std::vector<const TomlNode*> TableReader::tables(std::string_view key) {
    std::string hint = fmt::format("write [[{}]] on a line of its own", key_path(key));
    const TomlNode* there = find(key);
    // listen = "127.0.0.1:5222", or several in brackets
    const bool is_list = there != nullptr && there->kind == TomlNode::Kind::array;
    const TomlNode* first = is_list && !there->children.empty() ? &there->children.front() : there;
    if (first != nullptr && first->kind == TomlNode::Kind::string)
        hint += fmt::format(", and address = {} below it", in_quotes(first->text));
    const TomlNode* array = typed(key, TomlNode::Kind::array, hint);
    std::vector<const TomlNode*> elements;
    if (array == nullptr) return elements;
    for (const TomlNode& element : array->children) {
        if (element.kind == TomlNode::Kind::table) {
            elements.push_back(&element);
        } else {
            error(key, element,
                  fmt::format("\"{}\" holds {}, not a table", key, to_string(element.kind)), hint);
        }
    }
    return elements;
}

bool TableReader::text(std::string_view key, std::string_view example, std::string& out) {
    const TomlNode* node =
        typed(key, TomlNode::Kind::string, text_hint(key, example, table_.find(key), written(key)));
    if (node == nullptr) return false;
    out = node->text;
    return true;
}

std::vector<const TomlNode*> TableReader::texts(std::string_view key, std::string_view example,
                                                std::size_t most) {
    const std::string hint = texts_hint(key, example, written(key));
    std::vector<const TomlNode*> elements;
    const TomlNode* array = typed(key, TomlNode::Kind::array, hint);
    if (array == nullptr) return elements;
    for (const TomlNode& element : array->children) {
        if (element.kind == TomlNode::Kind::string) {
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
    const TomlNode* node = typed(key, TomlNode::Kind::boolean, boolean_hint(key, written(key)));
    if (node == nullptr) return false;
    out = node->boolean;
    return true;
}

std::optional<std::int64_t> TableReader::whole_number(std::string_view key,
                                                      Range<std::int64_t> range) {
    const std::string hint = number_hint(key, written(key), range);
    const TomlNode* node = typed(key, TomlNode::Kind::integer, hint);
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
    const TomlNode* node = find(key);
    if (node == nullptr) return std::nullopt;
    const std::string hint = time_hint(key, written(key), range, example);
    if (node->kind == TomlNode::Kind::integer || node->kind == TomlNode::Kind::floating) {
        error(*node, fmt::format("\"{}\" needs a unit", key), hint);
        return std::nullopt;
    }
    if (typed(key, TomlNode::Kind::string, hint) == nullptr) return std::nullopt;
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
    const TomlNode* node = find(key);
    if (node == nullptr) return false;
    const std::string hint = size_hint(key, written(key), range, size_text(out));
    if (node->kind == TomlNode::Kind::integer || node->kind == TomlNode::Kind::floating) {
        error(*node, fmt::format("\"{}\" needs a unit", key), hint);
        return false;
    }
    if (typed(key, TomlNode::Kind::string, hint) == nullptr) return false;
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
    const TomlNode* there = find(key);
    if (there == nullptr) return std::nullopt;
    const std::string choices = "write one of " + listed(words);
    const auto meant = meant_words(written(key), words);
    const std::string hint = meant.empty() ? choices : "write " + assigned(key, meant);
    const TomlNode* node = typed(key, TomlNode::Kind::string, hint);
    if (node == nullptr) return std::nullopt;
    const auto found = std::find(words.begin(), words.end(), node->text);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    if (contains(later_words, node->text)) {
        error(*node, fmt::format("\"{}\" = {} is not in this version", key, in_quotes(node->text)),
              choices);
    } else {
        // An operator who mistypes a word may want to see the others, too.
        const std::string near = did_you_mean(node->text, words);
        const bool is_mistyped =
            !near.empty() && meant.size() == 1 && near_name(node->text, words) == meant.front();
        error(*node, fmt::format("unknown \"{}\" {}", key, in_quotes(node->text)),
              is_mistyped ? near + " " + choices : hint);
    }
    return std::nullopt;
}

void TableReader::finish() {
    if (KeyCatalogue* learned = findings_.learned_keys()) learned->add(path_, known_);
    for (const TomlNode& child : table_.children) {
        if (contains(known_, child.key)) continue;
        const bool is_table = child.kind == TomlNode::Kind::table ||
                              (child.kind == TomlNode::Kind::array && !child.children.empty() &&
                               child.children.front().kind == TomlNode::Kind::table);
        const char* noun = is_table ? "table" : "key";
        Message message{key_path(child.key), where_, "", ""};
        if (contains(later_, child.key)) {
            message.what = fmt::format("{} {} is not in this version", noun, in_quotes(child.key));
            message.hint = "remove it";
        } else {
            message.what = fmt::format("unknown {} {}", noun, in_quotes(child.key));
            // Looking for the best hint takes time.
            if (findings_.has_room())
                message.hint =
                    unknown_key_hint({table_, path_, child, is_table, known_}, findings_);
        }
        findings_.error(child.key_place, std::move(message));
    }
}

bool is_named_table(const TomlNode& node, const std::string& path, std::string_view example,
                    Findings& findings) {
    if (node.kind == TomlNode::Kind::table) return true;
    findings.note(path, node.key_place);
    findings.error(
        node.place,
        {path, "", fmt::format("\"{}\" must be a table, not {}", path, to_string(node.kind)),
         fmt::format("write a header like {}", example)});
    return false;
}

}  // namespace conf

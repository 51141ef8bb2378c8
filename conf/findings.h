#pragma once
// What the reader and the rules find in one file: problems with their places, all of them in one
// run. Owned by one examination, on one thread; it looks at the text, so the text must outlive it.

#include <cstddef>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conf/problem.h"

namespace conf {

class KeyCatalogue;

/// Bytes of the text, by offset.
struct Span {
    std::size_t at = 0;
    std::size_t length = 1;
};

/// What is said about a place.
struct Message {
    std::string key;
    std::string where;
    std::string what;
    std::string hint;
};

class Findings {
public:
    static constexpr std::size_t kMostProblems = 100;  // more are counted, not shown

    Findings(std::string_view text, std::filesystem::path file);

    void error(Span place, Message message);
    void warn(Span place, Message message) { add(Severity::warning, place, std::move(message)); }
    /// An error that says that something is not there. Silent once text had to be skipped: what is
    /// missing may stand in the part that could not be read; and when `message.key`, or a table
    /// around it, was meant by something else that is wrong.
    void missing(Span place, Message message);
    /// Whether an error was said of the key, so that nobody knows its value; or of any key below
    /// it.
    bool has_error(std::string_view key) const { return wrong_.find(key) != wrong_.end(); }
    bool has_error_below(std::string_view key) const;
    /// A key that was meant by a mistyped or misplaced one.
    void note_meant(std::string key) { meant_.insert(std::move(key)); }
    /// Whether it, or a table around it, was.
    bool is_meant(std::string_view key) const;
    /// Whether a further problem would be shown, and looking for its best hint is worth the time.
    bool has_room() const noexcept { return problems_.size() + missing_.size() < kMostProblems; }
    void text_was_skipped() noexcept { is_complete_ = false; }
    bool is_complete() const noexcept { return is_complete_; }

    /// Remembers where a key stands, for rules that speak of it later.
    void note(std::string key, Span place) { places_.insert_or_assign(std::move(key), place); }
    bool has(std::string_view key) const { return places_.find(key) != places_.end(); }
    /// The place of a key, else of the nearest table around it, else the start of the file.
    Span place_of(std::string_view key) const;
    std::size_t line_of(Span place) const;
    /// What stands at a place.
    std::string_view text_at(Span place) const;

    /// The keys that a file of this kind may have; the caller keeps the function's answer alive.
    using KnownKeys = const KeyCatalogue& (*)();
    void know_keys(KnownKeys known) noexcept { known_keys_ = known; }
    const KeyCatalogue* known_keys() const {
        return known_keys_ == nullptr ? nullptr : &known_keys_();
    }
    /// Where readers write down what keys they know; null: nowhere.
    void learn_keys(KeyCatalogue* learned) noexcept { learned_keys_ = learned; }
    KeyCatalogue* learned_keys() const noexcept { return learned_keys_; }

    /// Problems in the order of their places; empties the collection.
    std::vector<Problem> take();

private:
    void add(Severity severity, Span place, Message message);

    std::string_view text_;
    std::filesystem::path file_;
    std::vector<std::size_t> line_starts_;
    std::map<std::string, Span, std::less<>> places_;
    std::set<std::string, std::less<>> meant_;
    std::set<std::string, std::less<>> wrong_;  // keys of errors
    std::vector<std::pair<Span, Message>> missing_;
    KnownKeys known_keys_ = nullptr;
    KeyCatalogue* learned_keys_ = nullptr;
    std::vector<Problem> problems_;
    std::size_t left_out_ = 0;
    bool is_complete_ = true;
};

/// `parent.name`, with quotes around a name that TOML would not take bare.
std::string joined_key(std::string_view parent, std::string_view name);
/// `text` in quotes, printable and without passwords: texts from the file never reach a terminal
/// raw.
std::string in_quotes(std::string_view text);

}  // namespace conf

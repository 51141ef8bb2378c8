// Offsets become line and column here, once; everything else speaks in offsets.

#include "conf/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "conf/terminal_text.h"
#include "core/ascii.h"
#include "core/shown_text.h"

namespace conf {
namespace {

constexpr std::size_t kShownNameBytes = 200;  // of a name or path inside a message

}  // namespace

Findings::Findings(std::string_view text, std::filesystem::path file)
    : text_(text), file_(std::move(file)), line_starts_{0} {
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\n') line_starts_.push_back(at + 1);
    }
}

std::size_t Findings::line_of(Span place) const {
    const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), place.at);
    return static_cast<std::size_t>(after - line_starts_.begin());
}

std::string_view Findings::text_at(Span place) const {
    return text_.substr(std::min(place.at, text_.size()), place.length);
}

void Findings::error(Span place, Message message) {
    if (has_room() && !message.key.empty()) wrong_.insert(message.key);
    add(Severity::error, place, std::move(message));
}

bool Findings::has_error_below(std::string_view key) const {
    const std::string front = std::string(key) + '.';
    const auto found = wrong_.lower_bound(front);
    return found != wrong_.end() && found->starts_with(front);
}

void Findings::missing(Span place, Message message) {
    if (missing_.size() < kMostProblems) {
        missing_.emplace_back(place, std::move(message));
    } else {
        ++left_out_;
    }
}

bool Findings::is_meant(std::string_view key) const {
    while (!key.empty()) {
        if (meant_.find(key) != meant_.end()) return true;
        const std::size_t cut = key.find_last_of(".[");
        key = key.substr(0, cut == std::string_view::npos ? 0 : cut);
    }
    return false;
}

void Findings::add(Severity severity, Span place, Message message) {
    if (problems_.size() == kMostProblems) {
        ++left_out_;
        return;
    }
    const std::size_t line = line_of(place);
    const std::size_t start = line_starts_[line - 1];
    std::string_view source = text_.substr(start, text_.find('\n', start) - start);
    if (source.ends_with('\r')) source.remove_suffix(1);
    const std::size_t before = std::min(place.at - start, source.size());

    Problem problem;
    problem.severity = severity;
    problem.file = file_;
    problem.line = line;
    problem.column = columns_of(printable(source.substr(0, before))) + 1;
    problem.width =
        std::max<std::size_t>(1, columns_of(printable(source.substr(before, place.length))));
    problem.key = std::move(message.key);
    problem.where = std::move(message.where);
    problem.what = std::move(message.what);
    problem.hint = std::move(message.hint);
    problem.source_line = without_password(printable(source));
    problems_.push_back(std::move(problem));
}

Span Findings::place_of(std::string_view key) const {
    while (!key.empty()) {
        const auto found = places_.find(key);
        if (found != places_.end()) return found->second;
        const std::size_t cut = key.find_last_of(".[");
        key = key.substr(0, cut == std::string_view::npos ? 0 : cut);
    }
    return {};
}

std::vector<Problem> Findings::take() {
    for (auto& [place, message] : std::exchange(missing_, {})) {
        if (is_complete_ && !is_meant(message.key)) error(place, std::move(message));
    }
    std::stable_sort(
        problems_.begin(), problems_.end(), [](const Problem& left, const Problem& right) {
            return std::tie(left.line, left.column) < std::tie(right.line, right.column);
        });
    if (left_out_ > 0 && !problems_.empty()) {
        Problem rest = problems_.back();
        rest.severity = Severity::error;
        rest.key.clear();
        rest.where.clear();
        rest.what = fmt::format("{} more problems are not shown", left_out_);
        rest.hint = "the first ones may explain the others";
        problems_.push_back(std::move(rest));
    }
    left_out_ = 0;
    return std::exchange(problems_, {});
}

std::string joined_key(std::string_view parent, std::string_view name) {
    const bool is_bare = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return core::is_ascii_alphanumeric(c) || c == '_' || c == '-';
    });
    const std::string last = is_bare ? std::string(name) : '"' + std::string(name) + '"';
    return parent.empty() ? last : std::string(parent) + '.' + last;
}

std::string in_quotes(std::string_view text) {
    const std::string name = without_password(text);
    std::string_view part = std::string_view(name).substr(0, kShownNameBytes);
    // Never cut a character in two: step back to the byte that starts the last one.
    while (part.size() < name.size() && !part.empty() &&
           core::goes_on_with_character(name[part.size()])) {
        part.remove_suffix(1);
    }
    return '"' + printable(part) + (part.size() < name.size() ? "...\"" : "\"");
}

}  // namespace conf

#include "proxy/admin/text_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "conf/terminal_text.h"
#include "core/shown_text.h"

namespace proxy {

using conf::columns_of;
using conf::printable;

namespace {

constexpr std::string_view kEllipsis = "\u2026";
constexpr std::size_t kLeastWidth = 6;  // of a column that is cut
constexpr std::size_t kGap = 2;

/// Bytes of the first `columns` characters.
std::size_t bytes_of(std::string_view text, std::size_t columns) {
    std::size_t bytes = 0;
    while (bytes < text.size() && columns > 0) {
        ++bytes;
        while (bytes < text.size() && core::goes_on_with_character(text[bytes])) ++bytes;
        --columns;
    }
    return bytes;
}

}  // namespace

std::string shortened(std::string_view text, std::size_t columns) {
    if (columns_of(text) <= columns) return std::string(text);
    if (columns == 0) return {};
    return std::string(text.substr(0, bytes_of(text, columns - 1))) + std::string(kEllipsis);
}

std::string wrapped(std::string_view text, std::size_t indent) {
    const std::size_t columns = kTerminalColumns - indent;
    const std::string margin(indent, ' ');
    std::string result;
    while (!text.empty()) {
        const std::size_t line_end = text.find('\n');
        std::string left = printable(text.substr(0, line_end));
        text.remove_prefix(line_end == std::string_view::npos ? text.size() : line_end + 1);
        while (columns_of(left) > columns) {
            const std::size_t fits = bytes_of(left, columns);
            const std::size_t blank = left.rfind(' ', fits);
            const bool has_blank = blank != std::string::npos && blank > 0;
            const std::size_t cut = has_blank ? blank : fits;
            result += margin + left.substr(0, cut) + '\n';
            left.erase(0, has_blank ? cut + 1 : cut);
        }
        result += margin + left + '\n';
    }
    return result;
}

std::string counted(std::uint64_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string age_text(std::chrono::seconds age) {
    const auto seconds = std::max<std::int64_t>(age.count(), 0);
    const auto two = [](std::int64_t large, char unit, std::int64_t small, char small_unit) {
        return small == 0 ? fmt::format("{}{}", large, unit)
                          : fmt::format("{}{}{}{}", large, unit, small, small_unit);
    };
    if (seconds < 60) return fmt::format("{}s", seconds);
    if (seconds < 3'600) return fmt::format("{}m", seconds / 60);
    if (seconds < 86'400) return two(seconds / 3'600, 'h', seconds % 3'600 / 60, 'm');
    return two(seconds / 86'400, 'd', seconds % 86'400 / 3'600, 'h');
}

TextTable::TextTable(std::vector<Column> columns, std::size_t indent)
    : columns_(std::move(columns)), indent_(indent) {}

void TextTable::add(std::vector<std::string> cells) {
    for (std::string& cell : cells) cell = printable(cell);
    rows_.push_back(std::move(cells));
}

std::string TextTable::text() const {
    const std::vector<std::size_t> fitting = widths();
    std::vector<std::string> titles;
    for (const Column& column : columns_) titles.push_back(column.title);
    std::string result = line(titles, fitting);
    for (const auto& row : rows_) result += line(row, fitting);
    return result;
}

std::vector<std::size_t> TextTable::widths() const {
    std::vector<std::size_t> result;
    for (const Column& column : columns_) result.push_back(columns_of(column.title));
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            result[i] = std::max(result[i], columns_of(row[i]));
        }
    }
    const std::size_t gaps = indent_ + kGap * (columns_.size() - 1);
    while (gaps + std::accumulate(result.begin(), result.end(), std::size_t{0}) >
           kTerminalColumns) {
        std::size_t* widest = nullptr;
        for (std::size_t i = 0; i < result.size(); ++i) {
            if (!columns_[i].may_shrink || result[i] <= kLeastWidth) continue;
            if (widest == nullptr || result[i] > *widest) widest = &result[i];
        }
        if (widest == nullptr) break;  // numbers are never cut
        --*widest;
    }
    return result;
}

std::string TextTable::line(const std::vector<std::string>& cells,
                            const std::vector<std::size_t>& widths) const {
    std::string result(indent_, ' ');
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const std::string cell = shortened(cells[i], widths[i]);
        const std::string padding(widths[i] - columns_of(cell), ' ');
        if (i > 0) result.append(kGap, ' ');
        result += columns_[i].align == Align::right ? padding + cell : cell + padding;
    }
    result.erase(result.find_last_not_of(' ') + 1);
    return result + '\n';
}

}  // namespace proxy

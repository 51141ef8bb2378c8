#pragma once
// Tables and texts for a terminal of 80 columns. A character counts as one column. All of it is
// made printable (conf/terminal_text). Pure; any thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace proxy {

inline constexpr std::size_t kTerminalColumns = 80;

/// Printable text in at most `columns`, cut with an ellipsis.
std::string shortened(std::string_view text, std::size_t columns);
/// Printable text in lines of at most 80 columns, broken at blanks where there are some, each
/// behind `indent` and with its line end. Line ends in the text stay.
std::string wrapped(std::string_view text, std::size_t indent);

/// "1 session", "2 sessions".
std::string counted(std::uint64_t count, std::string_view noun);
/// The two largest units of an age: "12s", "3m", "2h5m", "4d3h".
std::string age_text(std::chrono::seconds age);

class TextTable {
public:
    enum class Align { left, right };
    struct Column {
        std::string title;
        Align align = Align::left;
        bool may_shrink = false;  // where a table is too wide, the widest of these are cut
    };

    TextTable(std::vector<Column> columns, std::size_t indent);

    /// As many cells as there are columns.
    void add(std::vector<std::string> cells);
    /// Title line and rows, each with its line end, two blanks between columns.
    std::string text() const;

private:
    std::vector<std::size_t> widths() const;
    std::string line(const std::vector<std::string>& cells,
                     const std::vector<std::size_t>& widths) const;

    std::vector<Column> columns_;
    std::size_t indent_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace proxy

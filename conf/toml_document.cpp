#include "conf/toml_document.h"

#include "conf/loose_value.h"
#include "conf/syntax_error.h"
#include "conf/toml11_reader.h"
#include "conf/toml_text.h"

namespace conf {
namespace {

constexpr int kMostSyntaxErrors = 20;
constexpr int kMostLooseValues = 20;
// Larger texts stop at the first error: each costs one more parse.
constexpr std::size_t kRecoveryBytes = 64 * 1024;

/// Overwrites with blanks what cannot be read: the line of `at`, or from a header the whole
/// section. Line numbers stay. False when there was nothing left to take away.
bool take_away(std::string& text, std::size_t at) {
    const std::string_view line = line_at(text, at);
    auto from = static_cast<std::size_t>(line.data() - text.data());
    std::size_t to = from + line.size();
    if (line.substr(0, line.find_first_not_of(" \t") + 1).ends_with('[')) {
        const std::size_t next = text.find("\n[", from);
        to = next == std::string::npos ? text.size() : next;
    }
    bool has_changed = false;
    for (; from < to; ++from) {
        if (text[from] == '\n' || text[from] == ' ') continue;
        text[from] = ' ';
        has_changed = true;
    }
    return has_changed;
}

}  // namespace

TomlNode parse_toml(std::string_view text, Findings& findings) {
    std::string readable(text);
    TomlNode root;
    LooseValues loose;
    int loose_left = text.size() <= kRecoveryBytes ? kMostLooseValues : 0;
    for (int errors = 0; errors < kMostSyntaxErrors; ++errors) {
        auto complaint = read_with_toml11(readable, root);
        while (complaint && loose_left-- > 0) {
            const std::size_t at = explain_syntax_error(*complaint, readable).place.at;
            if (!loose.replace(readable, at)) break;
            root = TomlNode{};
            complaint = read_with_toml11(readable, root);
        }
        if (!complaint) break;
        const SyntaxError error = explain_syntax_error(*complaint, readable);
        findings.text_was_skipped();
        findings.error(error.place, {"", "", error.what, error.hint});
        root = TomlNode{};
        const bool goes_on = error.may_go_on && text.size() <= kRecoveryBytes;
        if (!goes_on || !take_away(readable, error.place.at)) break;
    }
    loose.restore(root);
    return root;
}

}  // namespace conf

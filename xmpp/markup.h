#pragma once
// Byte ranges inside one element that the scanner has accepted, and edits by range: what is not
// named stays the same byte for byte. Nothing here checks well-formedness; on other bytes the
// answers are meaningless but never outside the text. Pure; any thread.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xmpp {

inline constexpr std::string_view kCdataOpen = "<![CDATA[";
inline constexpr std::string_view kCdataClose = "]]>";

struct ByteRange {
    std::size_t begin = 0;
    std::size_t end = 0;  // one past the last byte
};

/// One past the name of the element whose start tag begins at `at`.
std::size_t name_end(std::string_view text, std::size_t at = 0);

/// The tag that begins with the '<' at `at`, its '>' included. A '>' inside a quoted value does not
/// end it.
ByteRange tag_at(std::string_view text, std::size_t at);

/// The element whose start tag begins at `at`, its end tag included. Time linear in its size.
ByteRange element_at(std::string_view text, std::size_t at);

/// What lies between the start tag and the end tag of the element at `at`; empty for `<a/>`.
ByteRange content_at(std::string_view text, std::size_t at);

/// The name of the attribute that stands at `at` or behind it, in a start tag whose name ends there
/// or whose attributes have been read so far; `at` moves behind its closing quote. Empty: no
/// attribute follows.
std::string_view next_attribute(std::string_view text, std::size_t& at);

/// The attribute of that name as written (prefix and all) in the start tag at `at`: from the white
/// space before it up to its closing quote; nullopt if absent.
std::optional<ByteRange> attribute_at(std::string_view text, std::size_t at, std::string_view name);

/// Replacements collected over one text and applied in one pass.
class ByteEdits {
public:
    /// Ranges must not overlap; the order of calls is free.
    void replace(ByteRange range, std::string with);
    void cut(ByteRange range) { replace(range, {}); }
    bool empty() const { return edits_.empty(); }
    std::string apply(std::string_view text) const;

private:
    struct Edit {
        ByteRange range;
        std::string with;
    };
    std::vector<Edit> edits_;  // sorted by range
};

}  // namespace xmpp

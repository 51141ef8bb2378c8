#include "proxy/web/body_sid.h"

#include <optional>

namespace proxy {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr BodySid kNeedMore{BodySid::Kind::need_more, {}};
constexpr BodySid kNone{BodySid::Kind::none, {}};

std::string_view without_blanks(std::string_view text) {
    const auto first = text.find_first_not_of(kBlanks);
    return first == text.npos ? std::string_view() : text.substr(first);
}

/// The attributes of a start tag, up to its end.
BodySid find_in_attributes(std::string_view text) {
    for (;;) {
        text = without_blanks(text);
        if (text.empty()) return kNeedMore;
        if (text.front() == '>' || text.front() == '/') return kNone;
        const auto sign = text.find_first_of("=>");
        if (sign == text.npos) return kNeedMore;
        if (text[sign] == '>') return kNone;
        std::string_view name = text.substr(0, sign);
        name = name.substr(0, name.find_last_not_of(kBlanks) + 1);
        text = without_blanks(text.substr(sign + 1));
        if (text.empty()) return kNeedMore;
        const char quote = text.front();
        if (quote != '\'' && quote != '"') return kNone;
        const auto end = text.find(quote, 1);
        if (end == text.npos) return kNeedMore;
        const std::string_view value = text.substr(1, end - 1);
        if (name == "sid") return value.empty() ? kNone : BodySid{BodySid::Kind::found, value};
        text.remove_prefix(end + 1);
    }
}

/// What follows an XML declaration, if there is one; nullopt: more is needed.
std::optional<std::string_view> behind_declaration(std::string_view text) {
    constexpr std::string_view kDeclaration = "<?";
    text = without_blanks(text);
    if (text.size() < kDeclaration.size()) return std::nullopt;
    if (!text.starts_with(kDeclaration)) return text;
    const auto end = text.find("?>");
    if (end == text.npos) return std::nullopt;
    return without_blanks(text.substr(end + 2));
}

}  // namespace

BodySid find_body_sid(std::string_view start) {
    const auto tag = behind_declaration(start);
    if (!tag || tag->empty()) return kNeedMore;
    if (tag->front() != '<') return kNone;
    const auto name_end = tag->find_first_of(" \t\r\n/>");
    if (name_end == tag->npos) return kNeedMore;
    const std::string_view name = tag->substr(1, name_end - 1);
    if (name != "body" && !name.ends_with(":body")) return kNone;
    return find_in_attributes(tag->substr(name_end));
}

}  // namespace proxy

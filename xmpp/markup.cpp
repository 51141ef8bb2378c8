#include "xmpp/markup.h"

#include <algorithm>

namespace xmpp {
namespace {

/// Where nothing is found it answers the end of the text, so that no caller can step outside.
std::size_t behind(std::string_view what, std::string_view text, std::size_t from) {
    const std::size_t found = text.find(what, from);
    return found == std::string_view::npos ? text.size() : found + what.size();
}

// Names and what is between them are short: a call that looks for a set of bytes costs more than a
// look at each byte.

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::size_t skip_white_space(std::string_view text, std::size_t from) {
    while (from < text.size() && is_blank(text[from])) ++from;
    return std::min(from, text.size());
}

bool is_empty_element_tag(std::string_view text, ByteRange tag) {
    return tag.end - tag.begin >= 2 && text[tag.end - 2] == '/';
}

struct Layout {
    ByteRange start_tag;
    std::size_t content_end = 0;
    std::size_t end = 0;
};

Layout layout_at(std::string_view text, std::size_t at) {
    const ByteRange start_tag = tag_at(text, at);
    if (is_empty_element_tag(text, start_tag)) return {start_tag, start_tag.end, start_tag.end};
    std::size_t open = 1;
    std::size_t next = start_tag.end;
    while ((next = text.find('<', next)) != std::string_view::npos) {
        const std::string_view rest = text.substr(next);
        if (rest.starts_with(kCdataOpen)) {
            next = behind(kCdataClose, text, next);
            continue;
        }
        const ByteRange tag = tag_at(text, next);
        if (rest.starts_with("</")) {
            if (--open == 0) return {start_tag, next, tag.end};
        } else if (!is_empty_element_tag(text, tag)) {
            ++open;
        }
        next = tag.end;
    }
    return {start_tag, text.size(), text.size()};
}

}  // namespace

std::size_t name_end(std::string_view text, std::size_t at) {
    std::size_t end = std::min(at + 1, text.size());
    while (end < text.size() && !is_blank(text[end]) && text[end] != '/' && text[end] != '>') ++end;
    return end;
}

ByteRange tag_at(std::string_view text, std::size_t at) {
    std::size_t next = at;
    while ((next = text.find_first_of("'\">", next)) != std::string_view::npos) {
        if (text[next] == '>') return {at, next + 1};
        next = behind(text.substr(next, 1), text, next + 1);
    }
    return {at, text.size()};
}

ByteRange element_at(std::string_view text, std::size_t at) {
    return {at, layout_at(text, at).end};
}

ByteRange content_at(std::string_view text, std::size_t at) {
    const Layout layout = layout_at(text, at);
    return {layout.start_tag.end, layout.content_end};
}

std::string_view next_attribute(std::string_view text, std::size_t& at) {
    const auto ends_name = [](char c) { return is_blank(c) || c == '=' || c == '/' || c == '>'; };
    const std::size_t name_begin = skip_white_space(text, at);
    std::size_t name_end = name_begin;
    while (name_end < text.size() && !ends_name(text[name_end])) ++name_end;
    if (name_end == name_begin) return {};
    std::size_t quote = name_end;
    while (quote < text.size() && text[quote] != '\'' && text[quote] != '"') ++quote;
    at = behind(text.substr(quote, 1), text, quote + 1);
    return text.substr(name_begin, name_end - name_begin);
}

std::optional<ByteRange> attribute_at(std::string_view text, std::size_t at,
                                      std::string_view name) {
    const std::string_view tag = text.substr(0, tag_at(text, at).end);
    std::size_t begin = name_end(tag, at);
    for (std::size_t end = begin;; begin = end) {
        const std::string_view found = next_attribute(tag, end);
        if (found.empty()) return std::nullopt;
        if (found == name) return ByteRange{begin, end};
    }
}

void ByteEdits::replace(ByteRange range, std::string with) {
    const auto before = [](const Edit& a, const Edit& b) { return a.range.begin < b.range.begin; };
    Edit edit{range, std::move(with)};
    edits_.insert(std::upper_bound(edits_.begin(), edits_.end(), edit, before), std::move(edit));
}

std::string ByteEdits::apply(std::string_view text) const {
    std::string out;
    std::size_t copied = 0;
    for (const Edit& edit : edits_) {
        out += text.substr(copied, edit.range.begin - copied);
        out += edit.with;
        copied = edit.range.end;
    }
    out += text.substr(copied);
    return out;
}

}  // namespace xmpp

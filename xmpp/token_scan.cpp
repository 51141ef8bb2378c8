// The common ways through a token, in one go where the bytes are in the window.
//
// clang-format off
//   '<' --> markup --name--> element_name --> tag_gap
//            | | |
//            | | +--'/'--> end_name --space--> end_gap
//            | |              '>': text, or the token is complete
//            | +--'!'--> bang --'['--> cdata_open --"CDATA["--> cdata --"]]>"--> text
//            +--'?'--> question --"xml "--> before_attribute ... '?' --> declaration_end
//                          declaration_end --'>'--> after_declaration --'<'--> markup
//
//   tag_gap --space--> before_attribute --name--> attribute_name --> after_attribute_name
//      ^ | |             '>', '/', '?': as tag_gap                          | '='
//      | | +--'/'--> empty_end --'>'--> text, or the token is complete      v
//      | +--'>'--> text                                                before_value
//      |                                                                    | quote
//      +----------------------------- quote ----------------------------- value
//
//   text --'<'--> markup
//   text, value --'&'--> reference --'#'--> number; from both, ';' leads back
// clang-format on
//
// A word is a ScanState; an arrow is what the bytes between say. A state can be left at the end of
// the window and taken up again at any byte. Several states are passed in one go where names are
// short, one space stands between attributes, and values and text hold no surprise; everything
// else, and what the window cuts, goes byte by byte (token_scan_bytewise.cpp). Both ways see the
// same bytes in the same order, so that a refusal does not depend on the splits.
//
// The functions of these ways are inlined into run() by order: with calls between them, a third of
// the speed is gone.

#include "xmpp/token_scan.h"

#include <algorithm>
#include <bit>

namespace xmpp {
namespace {

/// Bytes that name_run() and same_bytes() read.
constexpr std::ptrdiff_t kRunBytes = 16;

}  // namespace

TokenScan::TokenScan(std::string_view window, ScanWork& work, const HeaderContext* context)
    : window_(window.data()),
      end_(window.data() + std::min<std::size_t>(window.size(), work.limits->bytes)),
      over_limit_(window.size() > work.limits->bytes),
      work_(work),
      context_(context) {}

// Moving and ending.

const char* TokenScan::refuse(ScanRule rule, const char* at) {
    ended_ = TokenScanEnd::refused;
    refusal_ = {rule, offset(at)};
    return nullptr;
}

// What begins with '<'.

[[gnu::always_inline]] inline const char* TokenScan::markup(const char* p) {
    if (p == end_) return pause(ScanState::markup, p);
    if (byte_is(*p, kNameStart) || !is_ascii(*p)) return open_element(p);
    if (*p == '/') return close_tag(p + 1);
    work_.mark = offset(p) - 1;
    if (*p == '!') return go(ScanState::bang, p + 1);
    if (*p != '?') return unexpected(p);
    if (context_ != nullptr || work_.mark != 0)
        return refuse(ScanRule::processing_instruction, window_ + work_.mark);
    return go(ScanState::question, p + 1);
}

// Start tags.

/// A name of less than 16 bytes of ASCII whose end is in the window; otherwise one of size 0.
[[gnu::always_inline]] inline QName TokenScan::short_name(const char* p) const {
    if (end_ - p < kRunBytes || !byte_is(*p, kNameStart)) return {};
    const NameRun run = name_run(p);
    if (run.size == kRunBytes || !is_ascii(p[run.size])) return {};
    if (run.colons == 0) return {offset(p), run.size, 0};
    const auto prefix_size = static_cast<std::uint32_t>(std::countr_zero(run.colons));
    if (!std::has_single_bit(run.colons) || !byte_is(p[prefix_size + 1], kNameStart)) return {};
    return {offset(p), run.size, prefix_size};
}

/// `p` is at the first byte of the name.
[[gnu::always_inline]] inline const char* TokenScan::open_element(const char* p) {
    if (work_.open.size() >= work_.limits->depth) return refuse(ScanRule::too_deep, p - 1);
    if (!work_.open.empty() && ++work_.elements > work_.limits->elements)
        return refuse(ScanRule::too_many_elements, p - 1);
    const QName name = short_name(p);
    if (name.size != 0) return element_named(name);
    work_.mark = offset(p);
    work_.colon = 0;
    return go(ScanState::element_name, p);
}

const char* TokenScan::element_name(const char* p) {
    p = name_bytes(p, ScanState::element_name);
    if (p == nullptr) return nullptr;
    return element_named(name_in_progress(p));
}

[[gnu::always_inline]] inline const char* TokenScan::element_named(const QName& name) {
    work_.tag_is_plain = name.prefix_size == 0;
    work_.open.emplace_back(name, work_.bindings.size());
    return go(ScanState::tag_gap, window_ + name.begin + name.size);
}

/// Notes a complete attribute; false when it is refused.
[[gnu::always_inline]] inline bool TokenScan::add_attribute(const QName& name, const char* value,
                                                            const char* value_end, bool encoded) {
    const std::string_view raw = name.raw(window_);
    const auto first = static_cast<unsigned char>(raw.front());
    const auto last = static_cast<unsigned char>(raw.back());
    const std::uint64_t bit = std::uint64_t{1} << ((first * 5U + last * 3U + name.size) & 63U);
    if ((work_.name_sketch & bit) != 0 && has_attribute(raw)) {
        refuse(ScanRule::duplicate_attribute, raw.data());
        return false;
    }
    work_.name_sketch |= bit;
    work_.names.emplace_back(name.begin, name.size);
    const bool declares =
        first == 'x' && raw.starts_with("xmlns") && (raw.size() == 5 || name.prefix_size == 5);
    // "xml" is always bound, and to a namespace that no other prefix can have.
    if (declares || (name.prefix_size != 0 && !raw.starts_with("xml:"))) {
        work_.tag_is_plain = false;
        work_.qualified.emplace_back(
            name, offset(value), static_cast<std::uint32_t>(value_end - value), encoded, declares);
    }
    return true;
}

#if defined(__SSE2__)
/// plain_attributes() with 64 bytes of them at a glance. Returns where it stopped, as that does.
[[gnu::always_inline]] inline const char* TokenScan::mapped_attributes(const char* p) {
    while (end_ - p >= TagMap::kBytes && *p == ' ') {
        const char* const begin = p;
        const TagMap map = map_tag(begin);
        // Each turn begins at the space in front of an attribute whose name and '=' are in the map.
        for (unsigned at = 0; at < TagMap::kBytes - 2 && begin[at] == ' ';) {
            const unsigned name_at = at + 1;
            const auto size = static_cast<unsigned>(std::countr_one(map.names >> name_at));
            const unsigned quote_at = name_at + size + 1;
            if (quote_at >= TagMap::kBytes - 1) {
                if (at == 0) return p;
                break;
            }
            const char quote = begin[quote_at];
            if (!byte_is(begin[name_at], kNameStart) || begin[quote_at - 1] != '=' ||
                (quote != '"' && quote != '\'') || work_.names.size() >= work_.limits->attributes)
                return p;
            const std::uint64_t stops = map.stops >> (quote_at + 1);
            const char* value_end = stops != 0 ? begin + quote_at + 1 + std::countr_zero(stops)
                                               : begin + TagMap::kBytes;
            if (stops == 0 || *value_end != quote) value_end = skip_value(value_end, end_, quote);
            if (value_end == end_ || *value_end != quote) return p;
            const QName name{offset(begin) + name_at, size, 0};
            if (!add_attribute(name, begin + quote_at + 1, value_end, false)) return nullptr;
            p = value_end + 1;
            if (p >= begin + TagMap::kBytes) break;
            at = static_cast<unsigned>(p - begin);
        }
        if (p == begin) return p;
        if (p < begin + TagMap::kBytes && *p != ' ') return p;
    }
    return p;
}
#endif

/// Attributes in their common form (one space, a short name without prefix, '=', a value without
/// surprises) that lie wholly in the window. Returns where another form or the tag's end begins.
[[gnu::always_inline]] inline const char* TokenScan::plain_attributes(const char* p) {
    while (end_ - p > kRunBytes + 2 && *p == ' ' && byte_is(p[1], kNameStart) &&
           work_.names.size() < work_.limits->attributes) {
        const NameRun run = name_run(p + 1);
        const char* const behind = p + 1 + run.size;
        const char quote = behind[1];
        if (run.colons != 0 || behind[0] != '=' || (quote != '"' && quote != '\'')) break;
        const char* const value_end = skip_value(behind + 2, end_, quote);
        if (value_end == end_ || *value_end != quote) break;
        const QName name{offset(p + 1), run.size, 0};
        if (!add_attribute(name, behind + 2, value_end, false)) return nullptr;
        p = value_end + 1;
#if defined(__SSE2__)
        // A map pays from the second attribute on.
        p = mapped_attributes(p);
        if (p == nullptr) return nullptr;
#endif
    }
    return p;
}

[[gnu::always_inline]] inline const char* TokenScan::tag_gap(const char* p) {
    if (!work_.in_declaration) {
        p = plain_attributes(p);
        if (p == nullptr) return nullptr;
    }
    if (p == end_) return pause(ScanState::tag_gap, p);
    if (is_space(*p)) return go(ScanState::before_attribute, p + 1);
    return tag_punctuation(p);
}

[[gnu::always_inline]] inline const char* TokenScan::tag_punctuation(const char* p) {
    if (work_.in_declaration) {
        if (*p == '?') return go(ScanState::declaration_end, p + 1);
    } else {
        if (*p == '>') return start_tag_done(p + 1, false);
        if (*p == '/') return empty_end(p + 1);
    }
    return unexpected(p);
}

[[gnu::always_inline]] inline const char* TokenScan::empty_end(const char* p) {
    if (p == end_) return pause(ScanState::empty_end, p);
    if (*p != '>') return unexpected(p);
    return start_tag_done(p + 1, true);
}

/// `p` is at the closing quote.
const char* TokenScan::value_done(const char* p) {
    if (work_.in_declaration) return declaration_part(p);
    if (!add_attribute(work_.attribute, window_ + work_.value, p, work_.value_is_encoded))
        return nullptr;
    return go(ScanState::tag_gap, p + 1);
}

bool TokenScan::has_attribute(std::string_view raw) const {
    return std::any_of(work_.names.begin(), work_.names.end(),
                       [&](const NameSpan& other) { return other.raw(window_) == raw; });
}

/// `p` is behind the '>'.
[[gnu::always_inline]] inline const char* TokenScan::start_tag_done(const char* p, bool empty) {
    const bool first = work_.open.size() == 1;
    NamespaceId name_space = work_.default_namespace;
    bool in_streams = work_.default_is_streams;
    if (!work_.tag_is_plain) {
        ScanNamespaces namespaces(window_, work_, context_);
        const Refusal refusal = namespaces.open_tag(name_space);
        if (refusal.rule != ScanRule::none) return refuse(refusal.rule, window_ + refusal.offset);
        in_streams = namespaces.is_streams(name_space);
    }
    work_.names.clear();
    work_.qualified.clear();
    work_.name_sketch = 0;
    if (first && context_ == nullptr) return header_done(p, in_streams, empty);
    if (first) work_.first_namespace = name_space;
    const QName& name = work_.open.back().name;
    if (in_streams && (!first || name.local(window_) == "stream"))
        return refuse(ScanRule::nested_stream, window_ + name.begin - 1);
    if (empty) return element_done(p);
    return go(ScanState::text, p);
}

const char* TokenScan::header_done(const char* p, bool in_streams, bool empty) {
    const QName& name = work_.open.back().name;
    const char* const at = window_ + name.begin - 1;
    if (name.local(window_) != "stream") return refuse(ScanRule::not_a_stream, at);
    if (!in_streams) return refuse(ScanRule::wrong_stream_namespace, at);
    if (empty) return refuse(ScanRule::not_a_stream, at);
    return finish(TokenScanEnd::stream_open, p);
}

// Content.

[[gnu::always_inline]] inline const char* TokenScan::text(const char* p) {
    for (;;) {
        p = skip_ascii<TextStops>(p, end_);
        if (p == end_) return pause(ScanState::text, p);
        if (*p == '<') return markup(p + 1);
        // The two bytes before are text too, or end the markup in front of it.
        const char* const stop = p;
        p = skip_long_text(p, end_);
        if (p == stop && !is_ascii(*p)) p = skip_utf8<TextStops>(p, end_);
        if (p != stop) continue;
        if (*p == '&') {
            const std::ptrdiff_t size = named_reference(p, end_);
            if (size == 0) return begin_reference(p, false);
            p += size;
        } else if (*p == '>') {
            if (p[-1] == ']' && p[-2] == ']') return refuse(ScanRule::cdata_end_in_text, p);
            ++p;
        } else if (is_space(*p)) {
            ++p;
        } else {
            return beyond_ascii_or_control(p, ScanState::text);
        }
    }
}

// End tags.

/// `p` is behind "</".
[[gnu::always_inline]] inline const char* TokenScan::close_tag(const char* p) {
    if (work_.open.empty() && context_ == nullptr) return refuse(ScanRule::not_a_stream, p - 2);
    if (!work_.open.empty()) {
        const QName& name = work_.open.back().name;
        // The start tag lies before: what can be read at `p` can be read there.
        if (name.size < kRunBytes && end_ - p >= kRunBytes && p[name.size] == '>' &&
            same_bytes(p, window_ + name.begin, name.size))
            return element_done(p + name.size + 1);
    }
    work_.mark = offset(p);
    return go(ScanState::end_name, p);
}

const char* TokenScan::end_name(const char* p) {
    const std::string_view name =
        work_.open.empty() ? context_->name : work_.open.back().name.raw(window_);
    const std::string_view due = name.substr(offset(p) - work_.mark);
    const auto size = std::min<std::size_t>(due.size(), static_cast<std::size_t>(end_ - p));
    const char* const differing = std::mismatch(p, p + size, due.begin()).first;
    if (differing != p + size) return refuse(ScanRule::end_tag, differing);
    p += size;
    if (p == end_) return pause(ScanState::end_name, p);
    if (*p == '>') return element_done(p + 1);
    if (!is_space(*p)) return refuse(ScanRule::end_tag, p);
    return end_gap(p + 1);
}

const char* TokenScan::end_gap(const char* p) {
    p = skip_space(p, end_);
    if (p == end_) return pause(ScanState::end_gap, p);
    if (*p != '>') return unexpected(p);
    return element_done(p + 1);
}

/// `p` is behind the '>' that ends the innermost open element, or the stream.
[[gnu::always_inline]] inline const char* TokenScan::element_done(const char* p) {
    if (work_.open.empty()) return finish(TokenScanEnd::stream_close, p);
    if (work_.open.size() == 1) return finish(TokenScanEnd::element, p);
    if (work_.bindings.size() > work_.open.back().bindings)
        ScanNamespaces(window_, work_, context_).close_tag();
    work_.open.pop_back();
    return go(ScanState::text, p);
}

TokenScanEnd TokenScan::run() {
    const char* p = window_ + work_.position;
    while (p != nullptr) {
        switch (work_.state) {
            case ScanState::markup: p = markup(p); break;
            case ScanState::question: p = question(p); break;
            case ScanState::after_declaration: p = after_declaration(p); break;
            case ScanState::declaration_end: p = declaration_end(p); break;
            case ScanState::bang: p = bang(p); break;
            case ScanState::cdata_open: p = cdata_open(p); break;
            case ScanState::cdata: p = cdata(p); break;
            case ScanState::element_name: p = element_name(p); break;
            case ScanState::tag_gap: p = tag_gap(p); break;
            case ScanState::before_attribute: p = before_attribute(p); break;
            case ScanState::attribute_name: p = attribute_name(p); break;
            case ScanState::after_attribute_name: p = after_attribute_name(p); break;
            case ScanState::before_value: p = before_value(p); break;
            case ScanState::value: p = value(p); break;
            case ScanState::empty_end: p = empty_end(p); break;
            case ScanState::text: p = text(p); break;
            case ScanState::reference: p = reference(p); break;
            case ScanState::number: p = number(p); break;
            case ScanState::end_name: p = end_name(p); break;
            case ScanState::end_gap: p = end_gap(p); break;
        }
    }
    return ended_;
}

}  // namespace xmpp

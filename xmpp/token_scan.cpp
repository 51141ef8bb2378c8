// The state machine. A word is a ScanState; an arrow is what the bytes between say.
//
//   '<'
//    |
//   markup --'?'--> question --"xml "--> before_attribute ... declaration_end --'>'-->
//   after_declaration
//    | | |                               (the loop below, for the parts of the            |
//    | | |                                XML declaration)                   markup <--'<'-+
//    | | |
//    | | +--'!'--> bang --'['--> cdata_open --"CDATA["--> cdata --"]]>"--> text
//    | |
//    | +--'/'--> end_name --space--> end_gap
//    |              |                   |
//    |              +--------'>'--------+--> text, or the token is complete
//    |
//    +--name--> element_name --> tag_gap --space--> before_attribute --name--> attribute_name
//                                |  ^   |             |                             |
//                                |  |   +-----+-------+                    after_attribute_name
//                                |  |         |                                     | '='
//                                |  |        '/' --> empty_end             before_value
//                                |  |                    |                          | quote
//                                |  +-----quote----------|------------------------ value <-->
//                                reference, |                       | number
//                                +--'>'--> text          +--'>'--> text, or the token is complete
//
//   text --'<'--> markup      text --'&'--> reference --'#'--> number --';'--> text
//
// A state can be left at the end of the window and taken up again at any byte. On the common ways
// (names of up to 15 bytes, one space between attributes, values and text without surprises)
// several states are passed in one go: open_element(), attribute() and close_tag() try that first
// and otherwise enter the state that goes byte by byte; both ways see the same bytes in the same
// order, so a refusal does not depend on the splits.

#include "xmpp/token_scan.h"

#include <algorithm>
#include <bit>
#include <iterator>

#include "xmpp/name_chars.h"

namespace xmpp {
namespace {

constexpr std::string_view kReferences[] = {"lt;", "gt;", "amp;", "quot;", "apos;"};

/// Bytes that name_run() and same_bytes() read.
constexpr std::ptrdiff_t kRunBytes = 16;

/// The next byte that needs thought, or `end`; a byte beyond ASCII needs it only where skip_utf8()
/// says.
template <class Stops>
inline const char* skip(const char* p, const char* end) {
    p = skip_ascii<Stops>(p, end);
    return p < end && !is_ascii(*p) ? skip_utf8<Stops>(p, end) : p;
}

inline const char* skip_text(const char* p, const char* end) {
    return skip<TextStops>(p, end);
}

inline const char* skip_value(const char* p, const char* end, char quote) {
    return quote == '"' ? skip<ValueStops<'"'>>(p, end) : skip<ValueStops<'\''>>(p, end);
}

const char* skip_space(const char* p, const char* end) {
    while (p < end && is_space(*p)) ++p;
    return p;
}

bool is_version(std::string_view value) {
    return value.size() > 2 && value.starts_with("1.") &&
           std::all_of(value.begin() + 2, value.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_utf8_name(std::string_view value) {
    constexpr std::string_view kName = "utf-8";
    return std::equal(
        value.begin(), value.end(), kName.begin(), kName.end(), [](char have, char want) {
            return have == want || (have >= 'A' && have <= 'Z' && have - 'A' + 'a' == want);
        });
}

/// The value of a digit, or 16.
std::uint32_t digit_value(char digit) {
    if (digit >= '0' && digit <= '9') return static_cast<std::uint32_t>(digit - '0');
    if (digit >= 'a' && digit <= 'f') return static_cast<std::uint32_t>(digit - 'a') + 10;
    if (digit >= 'A' && digit <= 'F') return static_cast<std::uint32_t>(digit - 'A') + 10;
    return 16;
}

}  // namespace

TokenScan::TokenScan(std::string_view window, ScanWork& work, const HeaderContext* context)
    : window_(window.data()),
      end_(window.data() + std::min<std::size_t>(window.size(), work.limits->bytes)),
      over_limit_(window.size() > work.limits->bytes),
      work_(work),
      context_(context) {}

// Moving and ending.

[[gnu::always_inline]] inline const char* TokenScan::go(ScanState state, const char* p) {
    work_.state = state;
    return p;
}

/// The window (or what the limit leaves of it) is used up; `p` is where to go on.
[[gnu::always_inline]] inline const char* TokenScan::pause(ScanState state, const char* p) {
    if (over_limit_) return refuse(ScanRule::too_many_bytes, window_ + work_.limits->bytes);
    work_.state = state;
    work_.position = offset(p);
    return nullptr;
}

inline const char* TokenScan::finish(TokenScanEnd end, const char* p) {
    ended_ = end;
    work_.position = offset(p);
    return nullptr;
}

const char* TokenScan::refuse(ScanRule rule, const char* at) {
    ended_ = TokenScanEnd::refused;
    refusal_ = {rule, offset(at)};
    return nullptr;
}

/// A byte that the grammar has no place for here.
const char* TokenScan::unexpected(const char* p) {
    const bool control = is_ascii(*p) && *p < ' ' && !is_space(*p);
    return refuse(control ? ScanRule::character : ScanRule::syntax, p);
}

/// skip_utf8() stopped in `state` at a byte beyond ASCII, or a scan at a control.
const char* TokenScan::beyond_ascii_or_control(const char* p, ScanState state) {
    if (is_ascii(*p)) return refuse(ScanRule::character, p);
    switch (decode_utf8(p, end_).status) {
        case Utf8Status::incomplete:
            return pause(state, p);
        case Utf8Status::not_char:
            return refuse(ScanRule::character, p);
        default:
            return refuse(ScanRule::utf8, p);
    }
}

// What begins with '<'.

[[gnu::always_inline]] inline const char* TokenScan::markup(const char* p) {
    if (p == end_) return pause(ScanState::markup, p);
    if (byte_is(*p, kNameStart) || !is_ascii(*p)) return open_element(p);
    if (*p == '/') return close_tag(p + 1);
    work_.mark = offset(p) - 1;
    if (*p == '!') return go(ScanState::bang, p + 1);
    if (*p != '?') return unexpected(p);
    if (!work_.may_declare || work_.mark != 0)
        return refuse(ScanRule::processing_instruction, window_ + work_.mark);
    return go(ScanState::question, p + 1);
}

const char* TokenScan::question(const char* p) {
    constexpr std::string_view kOpening = "<?xml";
    for (; p < end_; ++p) {
        const std::uint32_t at = offset(p);
        if (at == kOpening.size() && is_space(*p)) {
            work_.in_declaration = true;
            return go(ScanState::before_attribute, p + 1);
        }
        if (at == kOpening.size() || *p != kOpening[at])
            return refuse(ScanRule::processing_instruction, window_);
    }
    return pause(ScanState::question, p);
}

const char* TokenScan::declaration_end(const char* p) {
    if (p == end_) return pause(ScanState::declaration_end, p);
    if (*p != '>') return unexpected(p);
    if (work_.declaration_part == 0) return refuse(ScanRule::xml_declaration, window_);
    work_.in_declaration = false;
    return go(ScanState::after_declaration, p + 1);
}

const char* TokenScan::after_declaration(const char* p) {
    p = skip_space(p, end_);
    if (p == end_) return pause(ScanState::after_declaration, p);
    if (*p != '<') return refuse(ScanRule::not_a_stream, p);
    return go(ScanState::markup, p + 1);
}

const char* TokenScan::bang(const char* p) {
    if (p == end_) return pause(ScanState::bang, p);
    const char* const at = window_ + work_.mark;
    if (*p == '-') return refuse(ScanRule::comment, at);
    if (*p == 'D') return refuse(ScanRule::doctype, at);
    if (*p != '[') return unexpected(p);
    if (!work_.open.empty()) return go(ScanState::cdata_open, p + 1);
    return refuse(context_ == nullptr ? ScanRule::not_a_stream : ScanRule::text_between_elements,
                  at);
}

const char* TokenScan::cdata_open(const char* p) {
    constexpr std::string_view kOpening = "<![CDATA[";
    for (; p < end_; ++p) {
        const std::uint32_t matched = offset(p) - work_.mark;
        if (matched == kOpening.size()) return go(ScanState::cdata, p);
        if (*p != kOpening[matched]) return unexpected(p);
    }
    return pause(ScanState::cdata_open, p);
}

const char* TokenScan::cdata(const char* p) {
    for (;;) {
        p = skip<CdataStops>(p, end_);
        if (p == end_) return pause(ScanState::cdata, p);
        if (*p == '>') {
            // The two bytes before cannot be those of the opening, which ends in "A[".
            if (p[-1] == ']' && p[-2] == ']') return go(ScanState::text, p + 1);
        } else if (!is_space(*p)) {
            return beyond_ascii_or_control(p, ScanState::cdata);
        }
        ++p;
    }
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

/// The name from work_.mark up to `p`.
QName TokenScan::name_in_progress(const char* p) const {
    return {work_.mark, offset(p) - work_.mark, work_.colon == 0 ? 0 : work_.colon - work_.mark};
}

/// Passes the rest of a qualified name (which began at work_.mark) and returns the byte behind it,
/// or null. The name may hold one colon, with an NCName on either side.
const char* TokenScan::name_bytes(const char* p, ScanState state) {
    while (p < end_) {
        const std::uint32_t at = offset(p);
        const bool first = at == work_.mark || (work_.colon != 0 && at == work_.colon + 1);
        if (byte_is(*p, kNameByte)) {
            if (first && !byte_is(*p, kNameStart)) return refuse(ScanRule::syntax, p);
            ++p;
        } else if (*p == ':') {
            if (first || work_.colon != 0) return refuse(ScanRule::syntax, p);
            work_.colon = at;
            ++p;
        } else if (is_ascii(*p)) {
            return first ? unexpected(p) : p;
        } else {
            const Utf8Sequence sequence = decode_utf8(p, end_);
            if (sequence.status != Utf8Status::valid) return beyond_ascii_or_control(p, state);
            if (!(first ? is_name_start(sequence.code) : is_name_char(sequence.code)))
                return refuse(ScanRule::syntax, p);
            p += sequence.size;
        }
    }
    return pause(state, p);
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

const char* TokenScan::before_attribute(const char* p) {
    p = skip_space(p, end_);
    if (p == end_) return pause(ScanState::before_attribute, p);
    if (!byte_is(*p, kNameStart) && is_ascii(*p)) return tag_punctuation(p);
    if (work_.names.size() >= work_.limits->attributes)
        return refuse(ScanRule::too_many_attributes, p);
    work_.mark = offset(p);
    work_.colon = 0;
    return go(ScanState::attribute_name, p);
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

const char* TokenScan::attribute_name(const char* p) {
    p = name_bytes(p, ScanState::attribute_name);
    if (p == nullptr) return nullptr;
    work_.attribute = name_in_progress(p);
    return after_attribute_name(p);
}

const char* TokenScan::after_attribute_name(const char* p) {
    p = skip_space(p, end_);
    if (p == end_) return pause(ScanState::after_attribute_name, p);
    if (*p != '=') return unexpected(p);
    return before_value(p + 1);
}

const char* TokenScan::before_value(const char* p) {
    p = skip_space(p, end_);
    if (p == end_) return pause(ScanState::before_value, p);
    if (*p != '"' && *p != '\'') return unexpected(p);
    work_.quote = *p;
    work_.value = offset(p) + 1;
    work_.value_is_encoded = false;
    return go(ScanState::value, p + 1);
}

const char* TokenScan::value(const char* p) {
    for (;;) {
        p = skip_value(p, end_, work_.quote);
        if (p == end_) return pause(ScanState::value, p);
        if (*p == work_.quote) return value_done(p);
        if (*p == '<') return unexpected(p);
        if (*p == '&') {
            work_.value_is_encoded = true;
            return begin_reference(p, true);
        }
        if (!is_space(*p)) return beyond_ascii_or_control(p, ScanState::value);
        work_.value_is_encoded = true;
        ++p;
    }
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

/// One of version, encoding and standalone, in this order; only the first must be there.
const char* TokenScan::declaration_part(const char* p) {
    const std::string_view name = work_.attribute.raw(window_);
    const std::string_view value{window_ + work_.value, offset(p) - work_.value};
    const char* const at = window_ + work_.attribute.begin;
    std::uint8_t& done = work_.declaration_part;
    if (name == "version" && done == 0 && is_version(value)) {
        done = 1;
    } else if (name == "encoding" && done == 1) {
        if (!is_utf8_name(value)) return refuse(ScanRule::encoding, at);
        done = 2;
    } else if (name == "standalone" && (done == 1 || done == 2) && value == "yes") {
        done = 3;
    } else {
        return refuse(ScanRule::xml_declaration, at);
    }
    return go(ScanState::tag_gap, p + 1);
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
        p = skip_text(p, end_);
        if (p == end_) return pause(ScanState::text, p);
        if (*p == '<') return markup(p + 1);
        if (*p == '&') return begin_reference(p, false);
        if (*p == '>') {
            // The two bytes before are text too: else they would end in '>' or ';'.
            if (p[-1] == ']' && p[-2] == ']') return refuse(ScanRule::cdata_end_in_text, p);
        } else if (!is_space(*p)) {
            return beyond_ascii_or_control(p, ScanState::text);
        }
        ++p;
    }
}

/// `p` is at the '&'.
const char* TokenScan::begin_reference(const char* p, bool in_value) {
    work_.mark = offset(p);
    work_.reference_in_value = in_value;
    return go(ScanState::reference, p + 1);
}

const char* TokenScan::reference_done(const char* p) {
    return go(work_.reference_in_value ? ScanState::value : ScanState::text, p);
}

const char* TokenScan::reference(const char* p) {
    const char* const begin = window_ + work_.mark + 1;
    for (; p < end_; ++p) {
        if (p == begin && *p == '#') {
            work_.code = 0;
            return go(ScanState::number, p + 1);
        }
        const std::string_view read(begin, static_cast<std::size_t>(p - begin) + 1);
        const auto* const match =
            std::find_if(std::begin(kReferences), std::end(kReferences),
                         [&](std::string_view whole) { return whole.starts_with(read); });
        if (match == std::end(kReferences)) {
            const bool names_an_entity =
                !is_ascii(*p) || byte_is(*p, kNameByte) || *p == ':' || (*p == ';' && p > begin);
            if (names_an_entity) return refuse(ScanRule::entity_reference, begin - 1);
            return unexpected(p);
        }
        if (*p == ';') return reference_done(p + 1);
    }
    return pause(ScanState::reference, p);
}

const char* TokenScan::number(const char* p) {
    const char* const begin = window_ + work_.mark + 2;
    for (; p < end_; ++p) {
        if (p == begin && *p == 'x') continue;
        const bool hex = *begin == 'x';
        const std::uint32_t base = hex ? 16 : 10;
        const std::uint32_t digit = digit_value(*p);
        if (digit < base) {
            work_.code = std::min<std::uint32_t>(work_.code * base + digit, 0x110000);
        } else if (*p == ';' && p > begin + hex && is_xml_char(work_.code)) {
            return reference_done(p + 1);
        } else {
            return refuse(ScanRule::character_reference, begin - 2);
        }
    }
    return pause(ScanState::number, p);
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
            case ScanState::markup:
                p = markup(p);
                break;
            case ScanState::question:
                p = question(p);
                break;
            case ScanState::after_declaration:
                p = after_declaration(p);
                break;
            case ScanState::declaration_end:
                p = declaration_end(p);
                break;
            case ScanState::bang:
                p = bang(p);
                break;
            case ScanState::cdata_open:
                p = cdata_open(p);
                break;
            case ScanState::cdata:
                p = cdata(p);
                break;
            case ScanState::element_name:
                p = element_name(p);
                break;
            case ScanState::tag_gap:
                p = tag_gap(p);
                break;
            case ScanState::before_attribute:
                p = before_attribute(p);
                break;
            case ScanState::attribute_name:
                p = attribute_name(p);
                break;
            case ScanState::after_attribute_name:
                p = after_attribute_name(p);
                break;
            case ScanState::before_value:
                p = before_value(p);
                break;
            case ScanState::value:
                p = value(p);
                break;
            case ScanState::empty_end:
                p = empty_end(p);
                break;
            case ScanState::text:
                p = text(p);
                break;
            case ScanState::reference:
                p = reference(p);
                break;
            case ScanState::number:
                p = number(p);
                break;
            case ScanState::end_name:
                p = end_name(p);
                break;
            case ScanState::end_gap:
                p = end_gap(p);
                break;
        }
    }
    return ended_;
}

}  // namespace xmpp

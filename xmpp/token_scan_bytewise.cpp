// The states of TokenScan that go byte by byte: what is rare (XML declaration, CDATA, references,
// names that are long or beyond ASCII), and whatever the end of the window cuts.

#include <algorithm>
#include <iterator>

#include "core/ascii.h"
#include "xmpp/name_chars.h"
#include "xmpp/token_scan.h"

namespace xmpp {
namespace {

constexpr std::string_view kReferences[] = {"lt;", "gt;", "amp;", "quot;", "apos;"};

bool is_version(std::string_view value) {
    return value.size() > 2 && value.starts_with("1.") &&
           std::all_of(value.begin() + 2, value.end(), core::is_ascii_digit);
}

bool is_utf8_name(std::string_view value) {
    constexpr std::string_view kName = "utf-8";
    return std::equal(value.begin(), value.end(), kName.begin(), kName.end(),
                      [](char have, char want) { return core::ascii_lower(have) == want; });
}

/// XML 1.0 production 32. Both mean the same without a DTD, which no stream may have; serializers
/// of Java write "no".
bool is_yes_or_no(std::string_view value) {
    return value == "yes" || value == "no";
}

/// The value of a digit, or 16.
std::uint32_t digit_value(char digit) {
    if (digit >= '0' && digit <= '9') return static_cast<std::uint32_t>(digit - '0');
    if (digit >= 'a' && digit <= 'f') return static_cast<std::uint32_t>(digit - 'a') + 10;
    if (digit >= 'A' && digit <= 'F') return static_cast<std::uint32_t>(digit - 'A') + 10;
    return 16;
}

}  // namespace

// Refusals.

/// A byte that the grammar has no place for here.
const char* TokenScan::unexpected(const char* p) {
    const bool control = is_ascii(*p) && *p < ' ' && !is_space(*p);
    return refuse(control ? ScanRule::character : ScanRule::syntax, p);
}

/// skip_utf8() stopped in `state` at a byte beyond ASCII, or a scan at a control.
const char* TokenScan::beyond_ascii_or_control(const char* p, ScanState state) {
    if (is_ascii(*p)) return refuse(ScanRule::character, p);
    switch (decode_utf8(p, end_).status) {
        case Utf8Status::incomplete: return pause(state, p);
        case Utf8Status::not_char: return refuse(ScanRule::character, p);
        default: return refuse(ScanRule::utf8, p);
    }
}

// XML declaration.

const char* TokenScan::question(const char* p) {
    constexpr std::string_view kXmlOpening = "<?xml";
    for (; p < end_; ++p) {
        const std::uint32_t at = offset(p);
        if (at == kXmlOpening.size() && is_space(*p)) {
            work_.in_declaration = true;
            return go(ScanState::before_attribute, p + 1);
        }
        if (at == kXmlOpening.size() || *p != kXmlOpening[at])
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
    } else if (name == "standalone" && (done == 1 || done == 2) && is_yes_or_no(value)) {
        done = 3;
    } else {
        return refuse(ScanRule::xml_declaration, at);
    }
    return go(ScanState::tag_gap, p + 1);
}

// Names, attributes.

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

const char* TokenScan::before_attribute(const char* p) {
    p = skip_space(p, end_);
    if (p == end_) return pause(ScanState::before_attribute, p);
    if (!byte_is(*p, kNameStart) && is_ascii(*p)) return go(ScanState::tag_gap, p);
    if (work_.names.size() >= work_.limits->attributes)
        return refuse(ScanRule::too_many_attributes, p);
    work_.mark = offset(p);
    work_.colon = 0;
    return go(ScanState::attribute_name, p);
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

// CDATA sections and references.

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
    constexpr std::string_view kCdataOpening = "<![CDATA[";
    for (; p < end_; ++p) {
        const std::uint32_t matched = offset(p) - work_.mark;
        if (matched == kCdataOpening.size()) return go(ScanState::cdata, p);
        if (*p != kCdataOpening[matched]) return unexpected(p);
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

}  // namespace xmpp

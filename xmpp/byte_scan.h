#pragma once
// Bulk scanning: how far do bytes go that need no thought? Character data and attribute values are
// most of a stream, so these loops look at 16 bytes at once (SSE2, which every x86-64 has) or at
// one byte with a table elsewhere. Nothing outside [p, end) is ever read. Pure; any thread.

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace xmpp {

// What a byte may be, as bits of a table.
inline constexpr std::uint8_t kNameStart = 1;  // ASCII letter or '_'
inline constexpr std::uint8_t kNameByte = 2;  // may follow in a name: also digit, '-', '.'; not ':'
inline constexpr std::uint8_t kSpace = 4;     // space, tab, LF, CR
inline constexpr std::uint8_t kTextStop = 8;  // what TextStops stop at
inline constexpr std::uint8_t kValueStop = 16;  // what ValueStops stop at, whichever the quote
inline constexpr std::uint8_t kCdataStop = 32;  // what CdataStops stop at

constexpr std::array<std::uint8_t, 256> make_byte_classes() {
    std::array<std::uint8_t, 256> classes{};
    for (int byte = 0; byte < 256; ++byte) {
        const bool letter =
            (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
        const bool follower = (byte >= '0' && byte <= '9') || byte == '-' || byte == '.';
        const bool space = byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
        const bool unsafe = byte < 0x20 || byte >= 0x80;
        const bool markup = byte == '<' || byte == '&';
        const bool quote = byte == '"' || byte == '\'';
        classes[byte] = static_cast<std::uint8_t>(
            (letter ? kNameStart | kNameByte : 0) | (follower ? kNameByte : 0) |
            (space ? kSpace : 0) | (unsafe || markup || byte == '>' ? kTextStop : 0) |
            (unsafe || markup || quote ? kValueStop : 0) |
            (unsafe || byte == '>' ? kCdataStop : 0));
    }
    return classes;
}

inline constexpr std::array<std::uint8_t, 256> kByteClasses = make_byte_classes();

inline bool byte_is(char byte, std::uint8_t classes) {
    return (kByteClasses[static_cast<unsigned char>(byte)] & classes) != 0;
}

inline bool is_space(char byte) {
    return byte_is(byte, kSpace);
}

inline bool is_ascii(char byte) {
    return static_cast<signed char>(byte) >= 0;
}

/// Production [2] Char of XML 1.0.
constexpr bool is_xml_char(std::uint32_t code) {
    return code >= 0x20 ? code < 0xD800 || (code >= 0xE000 && code < 0xFFFE) ||
                              (code >= 0x10000 && code <= 0x10FFFF)
                        : code == '\t' || code == '\n' || code == '\r';
}

enum class Utf8Status : std::uint8_t {
    valid,
    incomplete,  // the bytes end inside a sequence that is valid so far
    malformed,   // stray, overlong, surrogate, above U+10FFFF
    not_char,    // well-formed, but U+FFFE or U+FFFF
};

struct Utf8Sequence {
    Utf8Status status = Utf8Status::malformed;
    std::uint8_t size = 0;   // bytes, when well-formed (valid, not_char); else 0
    std::uint32_t code = 0;  // when valid
};

/// The sequence of two to four bytes at `p` (p < end, *p not ASCII). The status depends on the
/// fewest bytes that settle it, so that a sequence cut anywhere is refused at the same byte.
Utf8Sequence decode_utf8(const char* p, const char* end);

#if defined(__SSE2__)

using Block = __m128i;
inline constexpr std::ptrdiff_t kBlockBytes = 16;

inline Block load_block(const char* p) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
}

inline unsigned bits_of(Block block) {
    return static_cast<unsigned>(_mm_movemask_epi8(block));
}

inline Block equal(Block block, char byte) {
    return _mm_cmpeq_epi8(block, _mm_set1_epi8(byte));
}

/// Bytes below `byte` as signed numbers: below ' ' are the controls and, being negative, all beyond
/// ASCII.
inline Block below(Block block, char byte) {
    return _mm_cmplt_epi8(block, _mm_set1_epi8(byte));
}

#endif

/// Stops at '<', '&', '>', a control and anything beyond ASCII.
struct TextStops {
    static bool at(char byte) { return byte_is(byte, kTextStop); }
#if defined(__SSE2__)
    static Block hits(Block block) {
        // '<' and '>' differ in one bit.
        const Block angle = equal(_mm_or_si128(block, _mm_set1_epi8('<' ^ '>')), '<' | '>');
        return _mm_or_si128(_mm_or_si128(angle, equal(block, '&')), below(block, ' '));
    }
#endif
};

/// Stops at either quote, '<', '&', a control and anything beyond ASCII.
template <char Quote>
struct ValueStops {
    static bool at(char byte) {
        return byte_is(byte, kValueStop) && byte != (Quote == '"' ? '\'' : '"');
    }
#if defined(__SSE2__)
    static Block hits(Block block) {
        return _mm_or_si128(_mm_or_si128(equal(block, Quote), equal(block, '<')),
                            _mm_or_si128(equal(block, '&'), below(block, ' ')));
    }
#endif
};

/// Stops at '>', a control and anything beyond ASCII.
struct CdataStops {
    static bool at(char byte) { return byte_is(byte, kCdataStop); }
#if defined(__SSE2__)
    static Block hits(Block block) {
        return _mm_or_si128(equal(block, '>'), below(block, ' '));
    }
#endif
};

/// As skip_ascii() for a long run: 64 bytes at once.
template <class Stops>
const char* skip_long_ascii(const char* p, const char* end);

/// The first byte of [p, end) at which Stops stops, or `end`.
template <class Stops>
inline const char* skip_ascii(const char* p, const char* end) {
#if defined(__SSE2__)
    // Two blocks at once: how long the run is then hardly ever steers a branch.
    if (end - p >= 2 * kBlockBytes) {
        const unsigned hits = bits_of(Stops::hits(load_block(p))) |
                              bits_of(Stops::hits(load_block(p + kBlockBytes))) << kBlockBytes;
        if (hits != 0) return p + std::countr_zero(hits);
        return skip_long_ascii<Stops>(p + 2 * kBlockBytes, end);
    }
#endif
    while (p < end && !Stops::at(*p)) ++p;
    return p;
}

/// As skip_ascii(), and passes valid sequences beyond ASCII. Stops also at the first byte of a
/// sequence that is cut by `end`, malformed or no Char; decode_utf8() then says which.
template <class Stops>
const char* skip_utf8(const char* p, const char* end);

/// Size of the predefined entity reference at `p` (which is at its '&'), or 0 when it is another
/// one or not wholly before `end`.
inline std::ptrdiff_t named_reference(const char* p, const char* end) {
    constexpr std::ptrdiff_t kLongest = 6;
    if (end - p < kLongest) return 0;
    const auto is = [p](std::string_view whole) {
        return std::equal(whole.begin() + 1, whole.end(), p + 1);
    };
    switch (p[1]) {
        case 'l': return is("&lt;") ? 4 : 0;
        case 'g': return is("&gt;") ? 4 : 0;
        case 'q': return is("&quot;") ? 6 : 0;
        case 'a': return is("&amp;") ? 5 : is("&apos;") ? 6 : 0;
        default: return 0;
    }
}

/// Passes long character data as people write it: with a reference, an accented letter or a line
/// break every now and then, which the pictures of 64 bytes show along with the next ones. Stops at
/// '<', at "]]>", at anything that is rarer or wrong, and anywhere near `end`: what is there is for
/// others to judge. Two bytes before `p` must be readable.
const char* skip_long_text(const char* p, const char* end);

/// As skip_ascii(), and beyond ASCII as skip_utf8() where that is needed.
template <class Stops>
inline const char* skip(const char* p, const char* end) {
    p = skip_ascii<Stops>(p, end);
    return p < end && !is_ascii(*p) ? skip_utf8<Stops>(p, end) : p;
}

/// As skip() in an attribute value up to its closing quote.
inline const char* skip_value(const char* p, const char* end, char quote) {
    return quote == '"' ? skip<ValueStops<'"'>>(p, end) : skip<ValueStops<'\''>>(p, end);
}

/// The first byte that is no white space, or `end`.
inline const char* skip_space(const char* p, const char* end) {
    while (p < end && is_space(*p)) ++p;
    return p;
}

#if defined(__SSE2__)
/// Bytes that may stand in a name: ASCII letters, digits and "_-.".
inline Block name_bytes_of(Block block) {
    const auto within = [](Block value, char most) {
        return _mm_cmpeq_epi8(_mm_min_epu8(value, _mm_set1_epi8(most)), value);
    };
    const Block lower = _mm_or_si128(block, _mm_set1_epi8(0x20));
    const Block letters = within(_mm_sub_epi8(lower, _mm_set1_epi8('a')), 'z' - 'a');
    const Block others = within(_mm_sub_epi8(block, _mm_set1_epi8('-')), '9' - '-');  // "-./" too
    return _mm_or_si128(_mm_or_si128(letters, equal(block, '_')),
                        _mm_andnot_si128(equal(block, '/'), others));
}
#endif

/// What of a name lies in the first 16 bytes.
struct NameRun {
    unsigned size;    // bytes of ASCII letters, digits and "_-.:"; 16 when more may follow
    unsigned colons;  // bit n is set: byte n of the run is a ':'
};

/// `p` must have 16 readable bytes.
inline NameRun name_run(const char* p) {
#if defined(__SSE2__)
    const Block block = load_block(p);
    const Block colon = equal(block, ':');
    const unsigned names = bits_of(_mm_or_si128(name_bytes_of(block), colon));
    const auto size = static_cast<unsigned>(std::countr_one(names));
    return {size, bits_of(colon) & ((1U << size) - 1)};
#else
    NameRun run{0, 0};
    while (run.size < 16 && (byte_is(p[run.size], kNameByte) || p[run.size] == ':')) {
        if (p[run.size] == ':') run.colons |= 1U << run.size;
        ++run.size;
    }
    return run;
#endif
}

/// Bits of 64 bytes of a tag: where the next thing ends is then a shift and a count away.
struct TagMap {
    static constexpr unsigned kBytes = 64;

    std::uint64_t names = 0;  // ASCII letters, digits and "_-."
    std::uint64_t stops = 0;  // '<', '&', either quote, controls and all beyond ASCII
};

#if defined(__SSE2__)
/// `p` must have 64 readable bytes.
inline TagMap map_tag(const char* p) {
    TagMap map;
    for (unsigned i = 0; i < TagMap::kBytes; i += kBlockBytes) {
        const Block block = load_block(p + i);
        const Block quotes = _mm_or_si128(equal(block, '"'), equal(block, '\''));
        const Block markup = _mm_or_si128(equal(block, '<'), equal(block, '&'));
        const Block stops = _mm_or_si128(_mm_or_si128(quotes, markup), below(block, ' '));
        map.names |= std::uint64_t{bits_of(name_bytes_of(block))} << i;
        map.stops |= std::uint64_t{bits_of(stops)} << i;
    }
    return map;
}
#endif

/// Are the first `size` (at most 16) bytes equal? Both must have 16 readable bytes.
inline bool same_bytes(const char* left, const char* right, unsigned size) {
#if defined(__SSE2__)
    const unsigned same = bits_of(_mm_cmpeq_epi8(load_block(left), load_block(right)));
    return (~same & ((1U << size) - 1)) == 0;
#else
    for (unsigned i = 0; i < size; ++i)
        if (left[i] != right[i]) return false;
    return true;
#endif
}

}  // namespace xmpp

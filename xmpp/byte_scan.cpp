// The longer loops of byte_scan.h. UTF-8 is validated 16 bytes at a time with bit masks: one mask
// says which bytes are continuations, others which bytes begin a sequence of two, three or four;
// shifted, the latter say where continuations must be, and the two pictures have to be equal. The
// few lead bytes whose second byte is restricted (E0, ED, EF, F0, F4) are looked at only when one
// is there.

#include "xmpp/byte_scan.h"

namespace xmpp {
namespace {

unsigned byte_at(const char* p) {
    return static_cast<unsigned char>(*p);
}

/// Passes stopless ASCII and valid sequences one by one.
template <class Stops>
const char* skip_utf8_singly(const char* p, const char* end) {
    while (p < end) {
        if (is_ascii(*p)) {
            if (Stops::at(*p)) return p;
            ++p;
            continue;
        }
        const Utf8Sequence sequence = decode_utf8(p, end);
        if (sequence.status != Utf8Status::valid) return p;
        p += sequence.size;
    }
    return p;
}

#if defined(__SSE2__)

constexpr char byte(int value) {
    return static_cast<char>(value);
}

/// Bytes at or above `value`, which is beyond ASCII: `beyond` has a bit for each byte beyond ASCII.
unsigned at_least(Block block, int value, unsigned beyond) {
    return beyond & ~bits_of(below(block, byte(value)));
}

/// Second (or third) bytes that make a sequence overlong, a surrogate, too large or no Char.
unsigned restricted(Block block, unsigned continuations) {
    const unsigned below_90 = bits_of(below(block, byte(0x90))) & continuations;
    const unsigned below_a0 = bits_of(below(block, byte(0xA0))) & continuations;
    const unsigned after_e0 = bits_of(equal(block, byte(0xE0))) << 1;
    const unsigned after_ed = bits_of(equal(block, byte(0xED))) << 1;
    const unsigned after_f0 = bits_of(equal(block, byte(0xF0))) << 1;
    const unsigned after_f4 = bits_of(equal(block, byte(0xF4))) << 1;
    const unsigned after_ef_bf =
        (bits_of(equal(block, byte(0xEF))) << 2) & (bits_of(equal(block, byte(0xBF))) << 1);
    const unsigned be_or_bf = at_least(block, 0xBE, continuations);
    return (after_e0 & below_a0) | (after_ed & continuations & ~below_a0) | (after_f0 & below_90) |
           (after_f4 & continuations & ~below_90) | (after_ef_bf & be_or_bf);
}

#endif

}  // namespace

Utf8Sequence decode_utf8(const char* p, const char* end) {
    const unsigned lead = byte_at(p);
    const auto available = end - p;
    if (lead < 0xC2 || lead > 0xF4) return {};
    const int size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    // The range of the second byte keeps out overlong forms, surrogates and what is above U+10FFFF.
    const unsigned lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    std::uint32_t code = lead & (0x7FU >> size);
    for (int i = 1; i < size; ++i) {
        if (i == available) return {Utf8Status::incomplete, 0, 0};
        const unsigned next = byte_at(p + i);
        if (next < (i == 1 ? lowest : 0x80) || next > (i == 1 ? highest : 0xBF)) return {};
        code = code << 6 | (next & 0x3F);
    }
    if (!is_xml_char(code)) return {Utf8Status::not_char, 0, 0};
    return {Utf8Status::valid, static_cast<std::uint8_t>(size), code};
}

template <class Stops>
const char* skip_long_ascii(const char* p, const char* end) {
#if defined(__SSE2__)
    while (end - p >= 4 * kBlockBytes) {
        const Block first = Stops::hits(load_block(p));
        const Block second = Stops::hits(load_block(p + kBlockBytes));
        const Block third = Stops::hits(load_block(p + 2 * kBlockBytes));
        const Block fourth = Stops::hits(load_block(p + 3 * kBlockBytes));
        if (bits_of(_mm_or_si128(_mm_or_si128(first, second), _mm_or_si128(third, fourth))) != 0)
            break;
        p += 4 * kBlockBytes;
    }
    while (end - p >= kBlockBytes) {
        const unsigned hits = bits_of(Stops::hits(load_block(p)));
        if (hits != 0) return p + std::countr_zero(hits);
        p += kBlockBytes;
    }
#endif
    while (p < end && !Stops::at(*p)) ++p;
    return p;
}

template <class Stops>
const char* skip_utf8(const char* p, const char* end) {
#if defined(__SSE2__)
    while (end - p >= kBlockBytes) {
        const Block block = load_block(p);
        const unsigned beyond = bits_of(block);
        const unsigned stops = bits_of(Stops::hits(block)) & ~beyond;
        const unsigned continuations = bits_of(below(block, byte(0xC0)));
        const unsigned leads = beyond & ~continuations;
        const unsigned leads_of_3 = at_least(block, 0xE0, beyond);
        const unsigned leads_of_4 = at_least(block, 0xF0, beyond);
        const unsigned expected = leads << 1 | leads_of_3 << 2 | leads_of_4 << 3;
        unsigned wrong = ((expected ^ continuations) & 0xFFFF) |
                         (leads & ~at_least(block, 0xC2, beyond)) | at_least(block, 0xF5, beyond);
        if (leads_of_3 != 0) wrong |= restricted(block, continuations);
        // A sequence that a stop cuts short shows as wrong at the stop itself.
        const auto stop = static_cast<unsigned>(std::countr_zero(stops | 0x10000));
        if ((wrong & ((2U << stop) - 1)) != 0) return skip_utf8_singly<Stops>(p, end);
        if (stops != 0) return p + stop;
        // Go on at a sequence that the block cuts, so that each block begins with a whole one.
        p += expected >> 16 != 0 ? 31 - std::countl_zero(leads) : kBlockBytes;
    }
#endif
    return skip_utf8_singly<Stops>(p, end);
}

template const char* skip_long_ascii<TextStops>(const char*, const char*);
template const char* skip_long_ascii<CdataStops>(const char*, const char*);
template const char* skip_long_ascii<ValueStops<'"'>>(const char*, const char*);
template const char* skip_long_ascii<ValueStops<'\''>>(const char*, const char*);
template const char* skip_utf8<TextStops>(const char*, const char*);
template const char* skip_utf8<CdataStops>(const char*, const char*);
template const char* skip_utf8<ValueStops<'"'>>(const char*, const char*);
template const char* skip_utf8<ValueStops<'\''>>(const char*, const char*);

}  // namespace xmpp

// The longer loops of byte_scan.h. UTF-8 is validated 16 bytes at a time with bit masks: one mask
// says which bytes are continuations, others which bytes begin a sequence of two, three or four;
// shifted, the latter say where continuations must be, and the two pictures have to be equal. The
// few lead bytes whose second byte is restricted (E0, ED, EF, F0, F4) are looked at only when one
// is there.

#include "xmpp/byte_scan.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

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

/// The bits that `test` gives for the 16 * Blocks bytes at `p`.
template <int Blocks, class Test>
std::uint64_t map(const char* p, Test test) {
    std::uint64_t bits = 0;
    for (int i = 0; i < Blocks; ++i)
        bits |= std::uint64_t{bits_of(test(load_block(p + i * kBlockBytes)))} << i * kBlockBytes;
    return bits;
}

template <int Blocks>
std::uint64_t map_equal(const char* p, int value) {
    return map<Blocks>(p, [=](Block block) { return equal(block, byte(value)); });
}

/// Of bytes beyond ASCII those below `value`, which is beyond it too.
template <int Blocks>
std::uint64_t map_below(const char* p, int value) {
    return map<Blocks>(p, [=](Block block) { return below(block, byte(value)); });
}

/// Second (or third) bytes that make a sequence overlong, a surrogate, too large or no Char.
template <int Blocks>
std::uint64_t map_restricted(const char* p, std::uint64_t continuations) {
    const std::uint64_t below_90 = map_below<Blocks>(p, 0x90);
    const std::uint64_t below_a0 = map_below<Blocks>(p, 0xA0);
    const std::uint64_t below_be = map_below<Blocks>(p, 0xBE);
    const std::uint64_t after_ef_bf = map_equal<Blocks>(p, 0xEF) << 2 & map_equal<Blocks>(p, 0xBF)
                                                                            << 1;
    return continuations &
           ((map_equal<Blocks>(p, 0xE0) << 1 & below_a0) |
            (map_equal<Blocks>(p, 0xED) << 1 & ~below_a0) |
            (map_equal<Blocks>(p, 0xF0) << 1 & below_90) |
            (map_equal<Blocks>(p, 0xF4) << 1 & ~below_90) | (after_ef_bf & ~below_be));
}

/// What 16 * Blocks bytes, of which the first begins a sequence, say.
struct Utf8Step {
    bool wrong;        // something is malformed or no Char before the first stop
    bool stopped;      // the first stop has been reached
    unsigned advance;  // to the first stop, or to the sequence that the end of the bytes cuts
};

template <int Blocks, class Stops>
inline Utf8Step utf8_step(const char* p) {
    constexpr int kBits = Blocks * kBlockBytes;
    constexpr std::uint64_t kAll = ~std::uint64_t{0} >> (64 - kBits);
    const std::uint64_t beyond = map<Blocks>(p, [](Block block) { return block; });
    const std::uint64_t stops = map<Blocks>(p, Stops::hits) & ~beyond;
    const std::uint64_t continuations = map_below<Blocks>(p, 0xC0);
    const std::uint64_t leads = beyond & ~continuations;
    const std::uint64_t leads_of_3 = beyond & ~map_below<Blocks>(p, 0xE0);
    const std::uint64_t leads_of_4 = beyond & ~map_below<Blocks>(p, 0xF0);
    const std::uint64_t never =
        (leads & map_below<Blocks>(p, 0xC2)) | (leads_of_4 & ~map_below<Blocks>(p, 0xF5));
    const std::uint64_t expected = (leads << 1 | leads_of_3 << 2 | leads_of_4 << 3) & kAll;
    std::uint64_t wrong = (expected ^ continuations) | never;
    const std::uint64_t rare = map<Blocks>(p, [](Block block) {
        return _mm_or_si128(equal(block, byte(0xE0)), equal(block, byte(0xED)));
    });
    const std::uint64_t ef_bf = map_equal<Blocks>(p, 0xEF) << 1 & map_equal<Blocks>(p, 0xBF);
    if ((rare | leads_of_4 | ef_bf) != 0) wrong |= map_restricted<Blocks>(p, continuations);
    // A sequence that a stop cuts short shows as wrong at the stop itself.
    const std::uint64_t looked_at = stops == 0 ? kAll : stops ^ (stops - 1);
    if ((wrong & looked_at) != 0) return {true, false, 0};
    if (stops != 0) return {false, true, static_cast<unsigned>(std::countr_zero(stops))};
    constexpr auto last = [](int count) { return kAll & ~(kAll >> count); };
    const std::uint64_t cut = (leads & last(1)) | (leads_of_3 & last(2)) | (leads_of_4 & last(3));
    return {false, false, cut == 0 ? kBits : static_cast<unsigned>(std::countr_zero(cut))};
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
    const auto status = is_xml_char(code) ? Utf8Status::valid : Utf8Status::not_char;
    return {status, static_cast<std::uint8_t>(size), code};
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
        const Utf8Step step =
            end - p >= 4 * kBlockBytes ? utf8_step<4, Stops>(p) : utf8_step<1, Stops>(p);
        if (step.wrong) break;
        p += step.advance;
        if (step.stopped) return p;
    }
#endif
    return skip_utf8_singly<Stops>(p, end);
}

#if defined(__SSE2__)

namespace {

constexpr std::ptrdiff_t kPictureBytes = 64;
/// The longest thing that may begin in the last byte of a picture is a reference.
constexpr std::ptrdiff_t kBehindPicture = 8;

/// Bytes to pass at a stop, or 0 when it is not for us.
[[gnu::always_inline]] inline std::ptrdiff_t size_of_stop(const char* p, const char* end) {
    if (*p == '&') return named_reference(p, end);
    if (is_space(*p)) return 1;
    if (*p == '>') return p[-1] == ']' && p[-2] == ']' ? 0 : 1;
    const bool lone_accent = byte_at(p) >= 0xC2 && byte_at(p) <= 0xDF && byte_at(p + 1) >= 0x80 &&
                             byte_at(p + 1) <= 0xBF && is_ascii(p[2]);
    return lone_accent ? 2 : 0;
}

struct PictureEnd {
    const char* at;
    bool stopped;
};

/// Goes from stop to stop of the 64 bytes at `p`, and behind the last one that can be passed.
[[gnu::always_inline]] inline PictureEnd pass_stops(const char* p, const char* end,
                                                    std::uint64_t stops) {
    while (stops != 0) {
        const auto at = std::countr_zero(stops);
        const std::ptrdiff_t size = size_of_stop(p + at, end);
        if (size == 0) return {p + at, true};
        if (at + size >= kPictureBytes) return {p + at + size, false};
        stops &= ~std::uint64_t{0} << (at + size);
    }
    return {p + kPictureBytes, false};
}

const char* skip_long_text_sse2(const char* p, const char* end) {
    while (end - p >= kPictureBytes + kBehindPicture) {
        const std::uint64_t stops = map<4>(p, TextStops::hits);
        const PictureEnd picture = pass_stops(p, end, stops);
        p = picture.at;
        if (picture.stopped) break;
    }
    return p;
}

#if defined(__x86_64__)

/// TextStops::hits() for 32 bytes.
[[gnu::target("avx2"), gnu::always_inline]] inline std::uint64_t text_stops_avx2(const char* p) {
    const __m256i block = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    const __m256i angle = _mm256_cmpeq_epi8(_mm256_or_si256(block, _mm256_set1_epi8('<' ^ '>')),
                                            _mm256_set1_epi8('<' | '>'));
    const __m256i reference = _mm256_cmpeq_epi8(block, _mm256_set1_epi8('&'));
    const __m256i below_space = _mm256_cmpgt_epi8(_mm256_set1_epi8(' '), block);
    const __m256i hits = _mm256_or_si256(_mm256_or_si256(angle, reference), below_space);
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(hits));
}

[[gnu::target("avx2")]] const char* skip_long_text_avx2(const char* p, const char* end) {
    while (end - p >= kPictureBytes + kBehindPicture) {
        const std::uint64_t stops = text_stops_avx2(p) | text_stops_avx2(p + 32) << 32;
        const PictureEnd picture = pass_stops(p, end, stops);
        p = picture.at;
        if (picture.stopped) break;
    }
    return p;
}

#endif

}  // namespace

const char* skip_long_text(const char* p, const char* end) {
#if defined(__x86_64__)
    static const auto fastest =
        __builtin_cpu_supports("avx2") ? &skip_long_text_avx2 : &skip_long_text_sse2;
    return fastest(p, end);
#else
    return skip_long_text_sse2(p, end);
#endif
}

#else

const char* skip_long_text(const char* p, const char*) {
    return p;
}

#endif

template const char* skip_long_ascii<TextStops>(const char*, const char*);
template const char* skip_long_ascii<CdataStops>(const char*, const char*);
template const char* skip_long_ascii<ValueStops<'"'>>(const char*, const char*);
template const char* skip_long_ascii<ValueStops<'\''>>(const char*, const char*);
template const char* skip_utf8<TextStops>(const char*, const char*);
template const char* skip_utf8<CdataStops>(const char*, const char*);
template const char* skip_utf8<ValueStops<'"'>>(const char*, const char*);
template const char* skip_utf8<ValueStops<'\''>>(const char*, const char*);

}  // namespace xmpp

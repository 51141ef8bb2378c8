#pragma once
// SipHash-2-4 (Aumasson, Bernstein: SipHash: a fast short-input PRF, 2012): a keyed 64-bit hash of
// a few bytes, the same on every machine. With a secret key nobody can make collisions; with a
// known key it is only a good hash. Standard library only; any thread.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace core {

/// The 16 bytes of a key as two little-endian words.
struct SipKey {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
};

namespace siphash_detail {

struct State {
    std::uint64_t v0, v1, v2, v3;

    constexpr void round() noexcept {
        v0 += v1;
        v2 += v3;
        v1 = std::rotl(v1, 13) ^ v0;
        v3 = std::rotl(v3, 16) ^ v2;
        v0 = std::rotl(v0, 32) + v3;
        v2 += v1;
        v3 = std::rotl(v3, 21) ^ v0;
        v1 = std::rotl(v1, 17) ^ v2;
        v2 = std::rotl(v2, 32);
    }
    constexpr void absorb(std::uint64_t word) noexcept {
        v3 ^= word;
        round();
        round();
        v0 ^= word;
    }
};

/// Up to eight bytes as a little-endian word, whatever the machine's own order is.
constexpr std::uint64_t word_of(std::string_view bytes) noexcept {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        word |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    return word;
}

constexpr State begin(SipKey key) noexcept {
    return {key.low ^ 0x736f6d6570736575, key.high ^ 0x646f72616e646f6d,
            key.low ^ 0x6c7967656e657261, key.high ^ 0x7465646279746573};
}

/// `last` holds the bytes behind the last whole word and the length's lowest byte on top.
constexpr std::uint64_t finish(State state, std::uint64_t last) noexcept {
    state.absorb(last);
    state.v2 ^= 0xff;
    for (int i = 0; i < 4; ++i) state.round();
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace siphash_detail

constexpr std::uint64_t siphash(SipKey key, std::string_view bytes) noexcept {
    siphash_detail::State state = siphash_detail::begin(key);
    const std::uint64_t length = std::uint64_t{bytes.size()} << 56;
    for (; bytes.size() >= 8; bytes.remove_prefix(8))
        state.absorb(siphash_detail::word_of(bytes.substr(0, 8)));
    return siphash_detail::finish(state, length | siphash_detail::word_of(bytes));
}

}  // namespace core

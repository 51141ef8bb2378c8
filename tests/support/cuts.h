#pragma once
// One input, cut in every way that a test can afford: whole, byte by byte, at each place once, and
// at random.

#include <algorithm>
#include <cstddef>
#include <random>
#include <string_view>
#include <vector>

namespace test {

using Pieces = std::vector<std::string_view>;

inline Pieces cut_every(std::string_view bytes, std::size_t size) {
    Pieces pieces;
    for (std::size_t at = 0; at < bytes.size(); at += size)
        pieces.push_back(bytes.substr(at, size));
    return pieces;
}

inline Pieces cut_at_random(std::string_view bytes, unsigned seed) {
    std::mt19937 random(seed);
    Pieces pieces;
    while (!bytes.empty()) {
        const std::size_t size = 1 + random() % std::min<std::size_t>(bytes.size(), 40);
        pieces.push_back(bytes.substr(0, size));
        bytes.remove_prefix(size);
    }
    return pieces;
}

/// Calls `check` with each way to cut `bytes`.
template <class Check>
void for_each_cut(std::string_view bytes, Check check) {
    check(Pieces{bytes});
    check(cut_every(bytes, 1));
    // Long inputs are made of repetition: the first places are enough.
    for (std::size_t at = 1; at < std::min<std::size_t>(bytes.size(), 400); ++at)
        check(Pieces{bytes.substr(0, at), bytes.substr(at)});
    for (unsigned seed = 1; seed <= 10; ++seed) check(cut_at_random(bytes, seed));
}

}  // namespace test

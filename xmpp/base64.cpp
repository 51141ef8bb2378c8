#include "xmpp/base64.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace xmpp {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr int kNoDigit = -1;

constexpr std::array<signed char, 256> base64_values() {
    std::array<signed char, 256> values{};
    values.fill(kNoDigit);
    for (std::size_t i = 0; i < kDigits.size(); ++i)
        values[static_cast<unsigned char>(kDigits[i])] = static_cast<signed char>(i);
    return values;
}

}  // namespace

std::optional<SaslData> decode_base64(std::string_view text) {
    static constexpr auto kValues = base64_values();
    if (text.size() % 4 != 0) return std::nullopt;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    text.remove_suffix(padding);

    std::string bytes;
    // On the heap from the start: growing or moving it would leave a copy behind.
    bytes.reserve(std::max<std::size_t>(text.size(), 2 * sizeof bytes));
    std::uint32_t bits = 0;
    int count = 0;
    bool is_legal = true;
    for (const char c : text) {
        const int value = kValues[static_cast<unsigned char>(c)];
        is_legal = is_legal && value != kNoDigit;
        bits = bits << 6 | (static_cast<std::uint32_t>(value) & 63);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes += static_cast<char>(bits >> count & 0xff);
    }
    SaslData decoded(std::move(bytes));
    const bool has_stray_bits = (bits & ((1U << count) - 1)) != 0;
    if (!is_legal || has_stray_bits) return std::nullopt;
    return decoded;
}

std::string encode_base64(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::string_view group = bytes.substr(at, 3);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            bits = bits << 8 | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0u);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            text += i <= group.size() ? kDigits[bits >> (18 - 6 * i) & 63] : '=';
        }
    }
    return text;
}

}  // namespace xmpp

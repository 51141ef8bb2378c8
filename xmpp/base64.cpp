#include "xmpp/base64.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace xmpp {
namespace {

constexpr int kNoDigit = -1;

constexpr std::array<signed char, 256> base64_values() {
    std::array<signed char, 256> values{};
    values.fill(kNoDigit);
    for (std::size_t i = 0; i < core::kBase64Digits.size(); ++i)
        values[static_cast<unsigned char>(core::kBase64Digits[i])] = static_cast<signed char>(i);
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

}  // namespace xmpp

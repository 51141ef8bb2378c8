#include "proxy/web/bosh_sids.h"

#include <array>
#include <string>

#include "core/hex.h"
#include "core/random_bytes.h"

namespace proxy {

namespace {

constexpr std::size_t kRandomBytes = 16;
constexpr std::size_t kTagBytes = 7;
constexpr std::size_t kDigits = 2 * (kRandomBytes + kTagBytes + 1);

std::string bytes_of(std::uint64_t word) {
    std::string bytes;
    for (int i = 0; i < 8; ++i) bytes += static_cast<char>(word >> (8 * i));
    return bytes;
}

std::optional<std::string> from_hex(std::string_view digits) {
    const auto value = [](char digit) {
        if (digit >= '0' && digit <= '9') return digit - '0';
        return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
    };
    std::string bytes;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        const int high = value(digits[i]);
        const int low = value(digits[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes += static_cast<char>(high * 16 + low);
    }
    return bytes;
}

}  // namespace

BoshSids::BoshSids() : key_(core::random_value<core::SipKey>()) {}

xmpp::BoshSid BoshSids::make(unsigned worker) const {
    std::string bytes = core::random_bytes(kRandomBytes);
    bytes += bytes_of(core::siphash(key_, bytes));
    bytes.back() = static_cast<char>(bytes.back() ^ static_cast<char>(worker));
    return xmpp::BoshSid(core::hex(bytes));
}

std::optional<unsigned> BoshSids::worker_of(std::string_view sid) const {
    if (sid.size() != kDigits) return std::nullopt;
    const auto bytes = from_hex(sid);
    if (!bytes) return std::nullopt;
    const std::string wanted =
        bytes_of(core::siphash(key_, std::string_view(*bytes).substr(0, kRandomBytes)));
    unsigned difference = 0;
    for (std::size_t i = 0; i < kTagBytes; ++i)
        difference |= static_cast<unsigned char>(wanted[i] ^ (*bytes)[kRandomBytes + i]);
    if (difference != 0) return std::nullopt;
    return static_cast<unsigned char>(wanted[kTagBytes] ^ bytes->back());
}

}  // namespace proxy

#include "proxy/resumption/tags.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "xmpp/base64.h"

namespace proxy {
namespace {

constexpr std::size_t kPartBytes = balancer::kOwnerBits / 8;  // of the MAC, and of the owner
constexpr std::uint64_t kPartMask = (std::uint64_t{1} << balancer::kOwnerBits) - 1;

/// Little-endian.
std::string bytes_of(std::uint64_t part) {
    std::string bytes(kPartBytes, '\0');
    for (char& byte : bytes) {
        byte = static_cast<char>(part & 0xff);
        part >>= 8;
    }
    return bytes;
}

std::uint64_t part_of(std::string_view bytes) {
    return core::siphash_detail::word_of(bytes);
}

std::uint64_t keyed(const core::SipKey& key, std::uint64_t part, std::string_view id) {
    return core::siphash(key, bytes_of(part).append(id)) & kPartMask;
}

void to_url_alphabet(std::string& base64) {
    std::replace(base64.begin(), base64.end(), '+', '-');
    std::replace(base64.begin(), base64.end(), '/', '_');
}

/// The 12 bytes of a tag; nullopt for what cannot be one.
std::optional<std::string> decoded(std::string_view tag) {
    if (tag.find_first_of("+/=") != std::string_view::npos) return std::nullopt;
    std::string base64(tag);
    std::replace(base64.begin(), base64.end(), '-', '+');
    std::replace(base64.begin(), base64.end(), '_', '/');
    const auto bytes = xmpp::decode_base64(base64);
    if (!bytes) return std::nullopt;
    return std::string(bytes->reveal());
}

}  // namespace

ResumptionTags::ResumptionTags(const core::TicketKeys& keys) {
    keys_.push_back(keys_of(keys.encrypting()));
    for (const core::TicketKey& each : keys.all())
        if (&each != &keys.encrypting()) keys_.push_back(keys_of(each));
}

/// Of the part that signs TLS tickets, by which tags have keys of their own: a hash of a constant
/// text under that key, for each word of them.
ResumptionTags::Keys ResumptionTags::keys_of(const core::TicketKey& key) {
    const std::string_view bytes(reinterpret_cast<const char*>(key.hmac_key.data()),
                                 key.hmac_key.size());
    const core::SipKey left{part_of(bytes.substr(0, 8)), part_of(bytes.substr(8, 8))};
    const core::SipKey right{part_of(bytes.substr(16, 8)), part_of(bytes.substr(24, 8))};
    return {.mac = {core::siphash(left, "resumption tag, MAC"),
                    core::siphash(right, "resumption tag, MAC")},
            .mask = {core::siphash(left, "resumption tag, mask"),
                     core::siphash(right, "resumption tag, mask")}};
}

std::string ResumptionTags::tagged(balancer::Owner owner, std::string_view id) const {
    if (id.size() + kChars > kLongestId) return std::string(id);
    const Keys& keys = keys_.front();
    const std::uint64_t mac = keyed(keys.mac, owner.get(), id);
    const std::uint64_t masked = owner.get() ^ keyed(keys.mask, mac, id);
    std::string tag = xmpp::encode_base64(bytes_of(mac) + bytes_of(masked));
    to_url_alphabet(tag);
    return tag.append(id);
}

std::optional<ResumptionTags::Read> ResumptionTags::read(std::string_view id) const {
    if (id.size() < kChars || id.size() > kLongestId) return std::nullopt;
    const std::string_view tag = id.substr(0, kChars);
    const auto bytes = decoded(tag);
    if (!bytes || bytes->size() != 2 * kPartBytes) return std::nullopt;
    const std::string_view rest = id.substr(kChars);
    const std::uint64_t mac = part_of(std::string_view(*bytes).substr(0, kPartBytes));
    const std::uint64_t masked = part_of(std::string_view(*bytes).substr(kPartBytes));
    for (const Keys& keys : keys_) {
        const std::uint64_t owner = masked ^ keyed(keys.mask, mac, rest);
        if (keyed(keys.mac, owner, rest) == mac)
            return Read{.owner = balancer::Owner(owner), .tag = tag, .id = rest};
    }
    return std::nullopt;
}

}  // namespace proxy

#include "proxy/session/pseudonym.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <mutex>

#include "core/random_bytes.h"
#include "core/siphash.h"
#include "core/small_file.h"

namespace proxy {
namespace {

constexpr std::size_t kMostBytes = 4096;
/// Characters of the line: 128 bits as hexadecimal digits, what SipHash takes.
constexpr std::size_t kLeastCharacters = 32;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// Of a line of any form and length, all of it counts.
core::SipKey sip_key_of(std::string_view line) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    EVP_Digest(line.data(), line.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
    core::SipKey key;
    for (unsigned i = 0; i < 8; ++i) {
        key.low |= std::uint64_t{digest[i]} << (8 * i);
        key.high |= std::uint64_t{digest[i + 8]} << (8 * i);
    }
    OPENSSL_cleanse(digest.data(), digest.size());
    return key;
}

struct InUse {
    std::mutex guard;
    core::SipKey own = core::random_value<core::SipKey>();
    core::SipKey key = own;
};

InUse& in_use() {
    static InUse forever;
    return forever;
}

}  // namespace

core::Result<PseudonymKey, core::TlsProblem> load_pseudonym_key(const std::filesystem::path& file) {
    auto content = core::read_small_file(file, kMostBytes);
    if (!content) return core::fail(core::TlsProblem{file, content.error()});
    const std::string_view line = trimmed(*content);
    const std::size_t characters = line.size();
    PseudonymKey key{std::string(line)};
    OPENSSL_cleanse(content->data(), content->size());
    if (characters >= kLeastCharacters) return key;
    return core::fail(core::TlsProblem{
        file, fmt::format("has {} characters, and {} are the least for a key that nobody can "
                          "guess; make one with: openssl rand -hex 32 > FILE",
                          characters, kLeastCharacters)});
}

bool use_pseudonym_key(const PseudonymKey& key) {
    InUse& process = in_use();
    const std::lock_guard lock(process.guard);
    const core::SipKey before = process.key;
    process.key = key.empty() ? process.own : sip_key_of(key.reveal());
    return before.low != process.key.low || before.high != process.key.high;
}

PseudonymKey own_pseudonym_key() {
    InUse& process = in_use();
    const std::lock_guard lock(process.guard);
    return PseudonymKey(
        std::string(reinterpret_cast<const char*>(&process.own), sizeof process.own));
}

void adopt_pseudonym_key(const PseudonymKey& key) {
    InUse& process = in_use();
    const std::lock_guard lock(process.guard);
    const bool is_own = process.key.low == process.own.low && process.key.high == process.own.high;
    if (key.reveal().size() != sizeof process.own) return;
    std::memcpy(&process.own, key.reveal().data(), sizeof process.own);
    if (is_own) process.key = process.own;
}

std::string pseudonym(std::string_view user) {
    InUse& process = in_use();
    core::SipKey key;
    {
        const std::lock_guard lock(process.guard);
        key = process.key;
    }
    return fmt::format("h:{:08x}", core::siphash(key, user) & 0xffff'ffff);
}

}  // namespace proxy

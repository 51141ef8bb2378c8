// Makes, reads and rotates ticket keys; every copy on the way is wiped.

#include "core/ticket_keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "core/ascii.h"
#include "core/small_file.h"

namespace core {
namespace {

constexpr std::size_t kBase64Chars = (TicketKey::kBytes + 2) / 3 * 4;  // 108, the last one is '='
// Four times what may be in it, so that who forgets to drop old keys is told so.
constexpr std::size_t kMaxFileBytes = 4 * TicketKeys::kMaxKeys * (kBase64Chars + 2);
constexpr std::string_view kHowToMake = "; a key is made by: openssl rand 80 | openssl base64 -A";

/// Wipes a buffer of key bytes when the scope ends.
template <class Buffer>
class WipeAtEnd {
public:
    explicit WipeAtEnd(Buffer& buffer) : buffer_(buffer) {}
    ~WipeAtEnd() { OPENSSL_cleanse(buffer_.data(), buffer_.size()); }
    WipeAtEnd(const WipeAtEnd&) = delete;
    WipeAtEnd& operator=(const WipeAtEnd&) = delete;

private:
    Buffer& buffer_;
};

TicketKey key_from(const unsigned char* bytes) {
    TicketKey key;
    std::memcpy(key.name.data(), bytes, key.name.size());
    std::memcpy(key.hmac_key.data(), bytes + 16, key.hmac_key.size());
    std::memcpy(key.aes_key.data(), bytes + 48, key.aes_key.size());
    return key;
}

TicketKey random_key() {
    std::array<unsigned char, TicketKey::kBytes> bytes;
    const WipeAtEnd wipe(bytes);
    // Without randomness no TLS is safe: there is nothing to go on with.
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) std::abort();
    return key_from(bytes.data());
}

bool is_base64_text(std::string_view content) {
    return std::all_of(content.begin(), content.end(), [](char c) {
        return is_ascii_alphanumeric(c) || c == '+' || c == '/' || c == '=' || c == '\n' ||
               c == '\r' || c == ' ' || c == '\t';
    });
}

std::string_view trimmed(std::string_view line) {
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

bool append_base64_key(std::string_view line, std::vector<TicketKey>& keys) {
    if (line.size() != kBase64Chars || line.find('=') != kBase64Chars - 1) return false;
    std::array<unsigned char, TicketKey::kBytes + 1> bytes;  // the padding decodes to one more
    const WipeAtEnd wipe(bytes);
    const int decoded =
        EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(line.data()),
                        static_cast<int>(line.size()));
    if (decoded != static_cast<int>(bytes.size())) return false;
    keys.push_back(key_from(bytes.data()));
    return true;
}

/// Empty when all is well, else what is wrong.
std::string read_text(std::string_view content, std::vector<TicketKey>& keys) {
    std::size_t number = 0;
    while (!content.empty()) {
        const std::size_t end = std::min(content.find('\n'), content.size());
        const std::string_view line = trimmed(content.substr(0, end));
        content.remove_prefix(std::min(end + 1, content.size()));
        ++number;
        if (line.empty()) continue;
        if (!append_base64_key(line, keys))
            return "line " + std::to_string(number) +
                   " is not 80 bytes in base64 (108 characters)" + std::string(kHowToMake);
    }
    return {};
}

std::string read_binary(std::string_view content, std::vector<TicketKey>& keys) {
    if (content.size() % TicketKey::kBytes != 0)
        return "is binary but not a multiple of 80 bytes long (48-byte keys are too weak)" +
               std::string(kHowToMake);
    for (; !content.empty(); content.remove_prefix(TicketKey::kBytes))
        keys.push_back(key_from(reinterpret_cast<const unsigned char*>(content.data())));
    return {};
}

bool has_doubled_name(const std::vector<TicketKey>& keys) {
    for (std::size_t i = 0; i < keys.size(); ++i)
        for (std::size_t j = i + 1; j < keys.size(); ++j)
            if (keys[i].name == keys[j].name) return true;
    return false;
}

}  // namespace

TicketKey::~TicketKey() {
    OPENSSL_cleanse(hmac_key.data(), hmac_key.size());
    OPENSSL_cleanse(aes_key.data(), aes_key.size());
}

std::shared_ptr<const TicketKeys> TicketKeys::generate() {
    std::shared_ptr<TicketKeys> made(new TicketKeys);
    made->keys_.push_back(random_key());
    return made;
}

Result<std::shared_ptr<const TicketKeys>, TlsProblem> TicketKeys::load(
    const std::filesystem::path& file) {
    Result<std::string, std::string> content = read_small_file(file, kMaxFileBytes);
    if (!content) return fail(TlsProblem{file, std::move(content).error()});
    const WipeAtEnd wipe(*content);

    std::shared_ptr<TicketKeys> made(new TicketKeys);
    std::vector<TicketKey>& keys = made->keys_;
    keys.reserve(content->size() / TicketKey::kBytes + 1);  // growing would leave copies behind
    const bool is_text = is_base64_text(*content);
    std::string wrong = is_text ? read_text(*content, keys) : read_binary(*content, keys);
    if (wrong.empty() && keys.empty()) wrong = "holds no key" + std::string(kHowToMake);
    if (wrong.empty() && keys.size() > kMaxKeys) wrong = "holds more than 16 keys; drop the oldest";
    if (wrong.empty() && has_doubled_name(keys)) wrong = "holds the same key twice";
    if (!wrong.empty()) return fail(TlsProblem{file, std::move(wrong)});

    made->encrypting_ = is_text && keys.size() > 1 ? keys.size() - 2 : 0;
    return std::shared_ptr<const TicketKeys>(std::move(made));
}

TicketKeys::Bytes TicketKeys::bytes() const {
    std::string all;
    all.reserve(keys_.size() * TicketKey::kBytes);  // growing would leave copies behind
    const auto append = [&all](const auto& bytes) {
        all.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    const auto append_key = [&](const TicketKey& key) {
        append(key.name);
        append(key.hmac_key);
        append(key.aes_key);
    };
    append_key(encrypting());
    for (const TicketKey& key : keys_)
        if (&key != &encrypting()) append_key(key);
    return Bytes(std::move(all));
}

std::shared_ptr<const TicketKeys> TicketKeys::of_bytes(const Bytes& bytes) {
    std::shared_ptr<TicketKeys> made(new TicketKeys);
    made->keys_.reserve(bytes.reveal().size() / TicketKey::kBytes);
    const bool are_keys = read_binary(bytes.reveal(), made->keys_).empty() &&
                          !made->keys_.empty() && made->keys_.size() <= kMaxKeys &&
                          !has_doubled_name(made->keys_);
    return are_keys ? made : nullptr;
}

std::shared_ptr<const TicketKeys> TicketKeys::rotated() const {
    std::shared_ptr<TicketKeys> made(new TicketKeys);
    made->keys_.reserve(kRotatedKeys);
    made->keys_.push_back(random_key());
    for (const TicketKey& key : keys_) {
        if (made->keys_.size() == kRotatedKeys) break;
        made->keys_.push_back(key);
    }
    return made;
}

const TicketKey* TicketKeys::find(
    std::span<const unsigned char, TicketKey::kNameBytes> name) const noexcept {
    for (const TicketKey& key : keys_)
        if (std::equal(name.begin(), name.end(), key.name.begin())) return &key;
    return nullptr;
}

}  // namespace core

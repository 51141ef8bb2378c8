#include "backend/stream/scram_keys.h"

#include <gsasl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <utility>

#include "xmpp/xml_text.h"

namespace backend {
namespace {

const EVP_MD* md_of(ScramHash hash) {
    return hash == ScramHash::sha1 ? EVP_sha1() : EVP_sha256();
}

std::string_view name_of(ScramHash hash) {
    return hash == ScramHash::sha1 ? "SCRAM-SHA-1" : "SCRAM-SHA-256";
}

/// RFC 5802 section 3: Hi(). Empty if the library has no memory.
Password salted_password(ScramHash hash, const Password& prepared, std::string_view salt,
                         std::uint32_t iterations) {
    const EVP_MD* md = md_of(hash);
    std::string salted(static_cast<std::size_t>(EVP_MD_get_size(md)), '\0');
    const auto password = prepared.reveal();
    const int is_made = PKCS5_PBKDF2_HMAC(
        password.data(), static_cast<int>(password.size()),
        reinterpret_cast<const unsigned char*>(salt.data()), static_cast<int>(salt.size()),
        static_cast<int>(iterations), md, static_cast<int>(salted.size()),
        reinterpret_cast<unsigned char*>(salted.data()));
    return is_made == 1 ? Password(std::move(salted)) : Password();
}

core::Secret<StoredKeyTag> stored_key(ScramHash hash, const Password& salted) {
    const Password client_key(hmac(hash, salted.reveal(), "Client Key"));
    return core::Secret<StoredKeyTag>(digest(hash, client_key.reveal()));
}

/// Printable ASCII is its own prepared form.
bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

}  // namespace

std::optional<Password> prepared_password(const Password& password) {
    const auto text = password.reveal();
    if (text.empty() || text.size() > kPasswordBytes) return std::nullopt;
    if (is_plain(text)) return password;
    // The library takes C strings, and no NUL may hide what follows it.
    if (text.find('\0') != std::string_view::npos || !xmpp::is_utf8(text)) return std::nullopt;
    const Password terminated{std::string(text)};
    char* raw = nullptr;
    // Which of the two lets unassigned code points through differs between versions of gsasl.
    for (const auto flags : {GSASL_ALLOW_UNASSIGNED, static_cast<Gsasl_saslprep_flags>(0)}) {
        if (gsasl_saslprep(terminated.reveal().data(), flags, &raw, nullptr) == GSASL_OK) break;
        raw = nullptr;
    }
    if (raw == nullptr) return std::nullopt;
    Password prepared{std::string(raw)};
    OPENSSL_cleanse(raw, prepared.reveal().size());
    gsasl_free(raw);
    if (prepared.empty()) return std::nullopt;
    return prepared;
}

std::optional<ScramKeys> make_scram_keys(ScramHash hash, const Password& password, std::string salt,
                                         std::uint32_t iterations) {
    const auto prepared = prepared_password(password);
    if (!prepared) return std::nullopt;
    const Password salted = salted_password(hash, *prepared, salt, iterations);
    if (salted.empty()) return std::nullopt;
    return ScramKeys{
        .salt = std::move(salt),
        .iterations = iterations,
        .stored_key = stored_key(hash, salted),
        .server_key = core::Secret<ServerKeyTag>(hmac(hash, salted.reveal(), "Server Key"))};
}

bool is_password(const Password& password, const ScramKeys& keys) {
    const auto prepared = prepared_password(password);
    if (!prepared) return false;
    const Password salted =
        salted_password(ScramHash::sha256, *prepared, keys.salt, keys.iterations);
    if (salted.empty()) return false;
    return is_same_secret(stored_key(ScramHash::sha256, salted).reveal(), keys.stored_key.reveal());
}

ScramKeys made_up_keys(ScramHash hash, std::string_view user, std::string_view secret) {
    const auto make = [&](std::string_view what) {
        std::string text(what);
        text.append(1, '\0').append(name_of(hash)).append(1, '\0').append(user);
        return hmac(ScramHash::sha256, secret, text);
    };
    const std::size_t size = hash == ScramHash::sha1 ? 20 : 32;
    return ScramKeys{.salt = make("salt").substr(0, kScramSaltBytes),
                     .iterations = kScramIterations,
                     .stored_key = core::Secret<StoredKeyTag>(make("stored key").substr(0, size)),
                     .server_key = core::Secret<ServerKeyTag>(make("server key").substr(0, size))};
}

std::string digest(ScramHash hash, std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned int size = 0;
    EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, md_of(hash), nullptr);
    return {reinterpret_cast<const char*>(out.data()), size};
}

std::string hmac(ScramHash hash, std::string_view key, std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned int size = 0;
    HMAC(md_of(hash), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), out.data(), &size);
    return {reinterpret_cast<const char*>(out.data()), size};
}

bool is_same_secret(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace backend

#pragma once
// What the server keeps instead of a password, and the arithmetic of RFC 5802 section 3 over it.
// Secrets live in types that are wiped. Pure; any thread.
// Why: backend/README.md, "SCRAM of our own".

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "backend/store/records.h"

namespace backend {

using Password = core::Secret<struct PasswordTag>;
/// Makes up keys for users who do not exist.
using SaltSecret = core::Secret<struct SaltSecretTag>;

enum class ScramHash : std::uint8_t { sha1, sha256 };

/// RFC 7677 section 4 asks for 4096 at least; one check takes some 5 ms of a core.
inline constexpr std::uint32_t kScramIterations = 10'000;
/// Of every salt that we make, of those made up for nobody too.
inline constexpr std::size_t kScramSaltBytes = 16;
/// Longer passwords are refused: preparing a text may take time quadratic in its length.
inline constexpr std::size_t kPasswordBytes = 1023;

/// SASLprep (RFC 4013): nullopt if it is empty, too long, not UTF-8, or holds what is prohibited.
/// Code points that Unicode 3.2 did not know are let through: passwords hold emoji today.
std::optional<Password> prepared_password(const Password& password);

/// The keys of a password as typed; nullopt if it cannot be prepared. `salt`: fresh random bytes.
/// Costs `iterations` HMACs.
std::optional<ScramKeys> make_scram_keys(ScramHash hash, const Password& password, std::string salt,
                                         std::uint32_t iterations = kScramIterations);

/// Were these keys (of SHA-256) made of this password? Takes the same time whatever the answer, if
/// the password can be prepared. Costs `keys.iterations` HMACs.
bool is_password(const Password& password, const ScramKeys& keys);

/// Keys that no password has, for a user who does not exist: the same ones each time, so that
/// nobody can tell them from real ones. `secret` makes them.
ScramKeys made_up_keys(ScramHash hash, std::string_view user, std::string_view secret);

/// The hash, and HMAC with it (RFC 2104).
std::string digest(ScramHash hash, std::string_view bytes);
std::string hmac(ScramHash hash, std::string_view key, std::string_view bytes);
/// Equal? In time that depends on the sizes only.
bool is_same_secret(std::string_view a, std::string_view b);

}  // namespace backend

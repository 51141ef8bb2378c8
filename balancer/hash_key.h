#pragma once
// From a user, an address or a backend's name to the 64 bits that hash policies work on. Pure; any
// thread.
//
// The key is a constant, and known: every proxy instance, also of another version, has to send the
// same user to the same backend with no word between them, so the key can be neither random nor
// secret, and one more secret to share would buy little. What knowing it gives an attacker: he can
// register names that all fall on one backend. Bounded load turns that into a fair share and a
// quarter, and max_sessions stands behind it. Changing the key moves nearly all users once.

#include <cstdint>
#include <string_view>

#include "core/endpoint.h"
#include "core/siphash.h"

namespace balancer {

inline constexpr core::SipKey kHashKey{0x7a6e61747320696d, 0x6c6c616220657461};

/// `bare_jid` is prepared (RFC 7622): equal addresses are equal bytes.
std::uint64_t hash_of_user(std::string_view bare_jid);
/// IPv4 whole; IPv6 by its first 64 bits, since one client may use all addresses below them. The
/// port counts nothing.
std::uint64_t hash_of_client(const core::Endpoint& client);
/// Of a name that clients share, such as that of a room.
std::uint64_t hash_of_word(std::string_view word);
/// By name and not by BackendId, which differs from process to process.
std::uint64_t hash_of_backend(std::string_view name);

}  // namespace balancer

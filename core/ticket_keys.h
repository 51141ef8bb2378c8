#pragma once
// Keys of the stateless session tickets (RFC 5077 section 4, RFC 8446 section 4.6.1) as an
// immutable value: a rotation makes a new one, which is posted to the workers. Any thread.

#include <array>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "core/result.h"
#include "core/strong.h"
#include "core/tls_problem.h"

namespace core {

/// One ticket key: 16 bytes that name it inside a ticket, HMAC-SHA256 and AES-256-CBC keys. Wiped
/// when destroyed.
struct TicketKey {
    static constexpr std::size_t kNameBytes = 16;
    static constexpr std::size_t kBytes = kNameBytes + 32 + 32;

    std::array<unsigned char, kNameBytes> name;
    std::array<unsigned char, 32> hmac_key;
    std::array<unsigned char, 32> aes_key;

    ~TicketKey();
};

/// Ticket keys in use: one encrypts new tickets, all decrypt.
class TicketKeys {
public:
    static constexpr std::size_t kMaxKeys = 16;     // of a shared file
    static constexpr std::size_t kRotatedKeys = 3;  // kept by rotated()

    /// One fresh random key.
    static std::shared_ptr<const TicketKeys> generate();

    /// Reads keys that several proxies share, in one of the two forms operators already have:
    /// - Text, as HAProxy's `tls-ticket-keys`: one key of 80 bytes in base64 per line. The last but
    ///   one line encrypts (the only line, if there is one): the last line is the next key, already
    ///   known to every proxy before any of them uses it. To rotate, append a line, drop the first.
    /// - Binary, as nginx's `ssl_session_ticket_key`: 80 bytes, or several keys in a row. The first
    ///   encrypts. To rotate, put the new key second everywhere, then first.
    /// The 80 bytes are name (16), HMAC key (32), AES key (32). Keys of 48 bytes (AES-128) are
    /// refused. Tickets pass between proxies of this kind only; other products bind theirs to
    /// themselves.
    static Result<std::shared_ptr<const TicketKeys>, TlsProblem> load(
        const std::filesystem::path& file);

    /// All of them for another process of ours, the encrypting one first; and back. Null: those
    /// are no keys.
    using Bytes = Secret<struct TicketKeysTag>;
    Bytes bytes() const;
    static std::shared_ptr<const TicketKeys> of_bytes(const Bytes& bytes);

    /// The same keys behind a fresh one that encrypts from now on; the oldest goes when there are
    /// more than kRotatedKeys. Rotated once per ticket lifetime, no ticket dies before its time.
    std::shared_ptr<const TicketKeys> rotated() const;

    /// The key that encrypts new tickets.
    const TicketKey& encrypting() const noexcept { return keys_[encrypting_]; }
    /// The key a ticket names, or null when it is unknown (forged, or rotated away).
    const TicketKey* find(
        std::span<const unsigned char, TicketKey::kNameBytes> name) const noexcept;
    /// All of them, in no order that counts.
    std::span<const TicketKey> all() const noexcept { return keys_; }
    std::size_t size() const noexcept { return keys_.size(); }

    TicketKeys(const TicketKeys&) = delete;
    TicketKeys& operator=(const TicketKeys&) = delete;

private:
    TicketKeys() = default;

    std::vector<TicketKey> keys_;
    std::size_t encrypting_ = 0;
};

}  // namespace core

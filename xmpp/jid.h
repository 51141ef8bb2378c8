#pragma once
// XMPP addresses (RFC 7622): localpart@domainpart/resourcepart, prepared for comparison. Prepared
// forms are for keys and comparisons; what is forwarded is what was sent. Work and memory are
// bounded for any input: longer than 3 parts of 1023 bytes is refused unread. Pure; any thread.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace xmpp {

enum class JidError : std::uint8_t {
    too_long,  // a part above 1023 bytes, as given
    not_utf8,
    bad_localpart,     // empty, not in the nodeprep profile, or too long once prepared
    bad_domainpart,    // see prepared_domain
    bad_resourcepart,  // empty, not in the resourceprep profile, or too long once prepared
};
std::string_view to_string(JidError error);

/// A prepared address: equal addresses are equal bytes. Parts are prepared with the stringprep
/// profiles of RFC 6122 (nodeprep, resourceprep), as the servers behind us do; where RFC 7622
/// differs (a few letters such as final sigma) that means a different key, never another user's
/// address let through.
class Jid {
public:
    /// Splits at the first '/', then at the first '@' before it (RFC 7622 section 3.2), then
    /// prepares.
    static core::Result<Jid, JidError> parse(std::string_view text);

    std::string_view localpart() const;  // empty if there is none
    /// Lower case, U-labels where the name has them (RFC 7622 section 3.2).
    std::string_view domainpart() const;
    std::string_view resourcepart() const;  // empty if there is none

    bool is_bare() const { return bare_size_ == full_.size(); }
    std::string_view bare() const { return std::string_view(full_).substr(0, bare_size_); }
    const std::string& full() const { return full_; }

    friend bool operator==(const Jid& a, const Jid& b) { return a.full_ == b.full_; }

private:
    Jid(std::string_view local, std::string_view domain, std::string_view resource);

    std::string full_;
    std::uint16_t local_size_ = 0;  // of the localpart; 0 if there is none
    std::uint16_t bare_size_ = 0;   // up to the '/' or the end
};

/// The one form in which stream `to`, SNI and configured domains are compared: ASCII lower case,
/// U-labels as A-labels, one trailing dot dropped; host names by STD 3 (labels of 1 to 63 letters,
/// digits and inner hyphens, 253 bytes in all), IPv4 addresses, and IPv6 addresses in brackets in
/// their canonical text. nullopt for anything else, wildcards included.
std::optional<std::string> prepared_domain(std::string_view domain);

}  // namespace xmpp

template <>
struct std::hash<xmpp::Jid> {
    std::size_t operator()(const xmpp::Jid& jid) const noexcept {
        return std::hash<std::string>{}(jid.full());
    }
};

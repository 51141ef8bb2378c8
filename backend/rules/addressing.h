#pragma once
// Where a stanza goes (RFC 6120 section 10), and who is at an address. Pure; any thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "backend/rules/stanza.h"
#include "backend/store/records.h"

namespace backend {

struct PlanContext;

enum class Place : std::uint8_t {
    account,  // somebody of ours, whether the account exists or not
    server,   // a domain of ours itself
    nowhere,  // a domain of ours with a resource: nothing is there
    remote,   // another domain: remote-server-not-found (section 10.4.3)
};

/// Where `to` points; without it a stanza is for the sender's own account (RFC 6120 section 10.3).
struct Target {
    Place place{};
    std::string user;      // bare JID, of an account
    std::string resource;  // empty: the bare JID
};

bool serves(const PlanContext& context, std::string_view domainpart);
Target target_of(const Stanza& stanza, std::string_view own_user, const PlanContext& context);

/// The route with that resource; null if nobody is there.
const Route* route_at(const UserSnapshot& user, std::string_view resource);

/// Has it sent available presence (RFC 6121 section 4.2)?
inline bool is_available(const Route& route) {
    return route.priority.has_value();
}

std::string full_jid(std::string_view user, const Route& route);
/// The bare JID of a JID that is prepared already.
std::string_view bare_of(std::string_view jid);
/// Its domainpart.
std::string_view domain_of(std::string_view jid);

}  // namespace backend

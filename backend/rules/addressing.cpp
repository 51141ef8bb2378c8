#include "backend/rules/addressing.h"

#include <algorithm>

#include "backend/rules/plan_values.h"

namespace backend {

bool serves(const PlanContext& context, std::string_view domainpart) {
    const auto is_listed = [&](std::string_view domain) {
        return std::find(context.domains.begin(), context.domains.end(), domain) !=
               context.domains.end();
    };
    if (is_listed(domainpart)) return true;
    // A JID has U-labels, a prepared domain A-labels.
    const auto prepared = xmpp::prepared_domain(domainpart);
    return prepared && is_listed(*prepared);
}

Target target_of(const Stanza& stanza, std::string_view own_user, const PlanContext& context) {
    if (!stanza.to) return {Place::account, std::string(own_user), {}};
    const xmpp::Jid& to = *stanza.to;
    if (!serves(context, to.domainpart())) return {Place::remote, {}, {}};
    if (!to.localpart().empty()) {
        return {Place::account, std::string(to.bare()), std::string(to.resourcepart())};
    }
    return {to.is_bare() ? Place::server : Place::nowhere, {}, {}};
}

const Route* route_at(const UserSnapshot& user, std::string_view resource) {
    for (const Route& route : user.routes) {
        if (route.resource == resource) return &route;
    }
    return nullptr;
}

std::string full_jid(std::string_view user, const Route& route) {
    return std::string(user) + '/' + route.resource;
}

std::string_view bare_of(std::string_view jid) {
    return jid.substr(0, jid.find('/'));
}

std::string_view domain_of(std::string_view jid) {
    const std::string_view bare = bare_of(jid);
    const std::size_t at = bare.find('@');
    return at == std::string_view::npos ? bare : bare.substr(at + 1);
}

}  // namespace backend

#include "proxy/process/explain.h"

#include <algorithm>
#include <string>

#include "balancer/router.h"
#include "xmpp/namespaces.h"

namespace proxy {

namespace {

/// Policies that choose the same backend each time, so that asking one takes no turn.
bool is_by_hash(conf::Balance balance, const std::optional<core::Endpoint>& client) {
    return balance == conf::Balance::hash_user || (balance == conf::Balance::hash_ip && client);
}

/// As the operator says it, or as all of its backends show by themselves.
bool resumes_anywhere(const balancer::BackendPool& pool, const Routing& routing,
                      std::string_view domain) {
    if (pool.settings().resume_anywhere) return true;
    const FeaturesProfile* offer = routing.profiles->find(pool.settings().name, domain);
    return offer != nullptr && offer->features.find(xmpp::ns::kStanzanodeCaps) != std::string::npos;
}

std::optional<Explanation::Session> session_in(const balancer::BackendPool& pool,
                                               const RememberedUsers::Known& known) {
    Explanation::Session session{{}, known.is_live, known.left};
    for (const balancer::Member& member : pool.members())
        if (member.owner == known.owner) session.backend = member.backend->name;
    return session;
}

/// All that the policy may choose now.
std::vector<std::string> open_members(const balancer::BackendPool& pool,
                                      const balancer::LoadBoard& loads) {
    std::vector<std::string> names;
    for (const balancer::Tier& tier : pool.tiers()) {
        for (const std::uint32_t place : tier.members) {
            const balancer::Member& member = pool.members()[place];
            if (member.has_room(loads.sessions(member.id))) names.push_back(member.backend->name);
        }
        if (!names.empty()) break;
    }
    return names;
}

}  // namespace

Explanation explain(std::string_view user, const std::optional<core::Endpoint>& client,
                    const Routing& routing, balancer::LoadBoard& loads,
                    const RememberedUsers& remembered, core::TimePoint now) {
    Explanation found;
    found.user = user;
    found.domain = user.substr(user.find('@') + 1);
    const auto rule = routing.table->domains->rule_for(found.domain);
    const auto index = routing.table->domains->find(found.domain);
    if (!rule || !index) return found;
    const balancer::BackendPool& pool = *routing.table->pools[*index];
    found.rule = *rule;
    found.pool = pool.settings().name;
    found.balance = pool.settings().balance;
    found.route = pool.settings().route;
    found.resume_anywhere = resumes_anywhere(pool, routing, found.domain);

    balancer::RoutingKey key{.domain = found.domain, .client = {}, .user = {}, .owner = {}};
    if (client) key.client = *client;
    if (found.route == conf::RouteBy::user) {
        key.user = user;
        if (const auto known = remembered.known(user, now)) {
            found.remembered = session_in(pool, *known);
            key.owner = known->owner;
        }
    }
    if (const auto place = balancer::Router::place_of_owner(pool, key)) {
        found.goes_to_session = true;
        found.backends = {pool.members()[*place].backend->name};
        return found;
    }
    found.backends = open_members(pool, loads);
    if (found.backends.empty()) {
        found.refusal = pool.tiers().empty() ? balancer::RouteFailure::no_backend
                                             : balancer::RouteFailure::all_full;
    } else if (is_by_hash(found.balance, client)) {
        balancer::Router router(routing.table, loads, 0, 0);
        const auto candidates = router.route(key, now);
        if (candidates) found.backends = {(*candidates)[0].backend->name};
    }
    return found;
}

}  // namespace proxy

#include "backend/rules/plan_builder.h"

#include <iterator>
#include <utility>

namespace backend {

PlanBuilder::PlanBuilder(const Sender& sender, const Knowledge& known, const PlanContext& context)
    : sender_(sender), known_(known), context_(context), needs_(known.asked) {}

const UserSnapshot& PlanBuilder::find(std::string_view bare, bool roster) {
    static const UserSnapshot nobody;
    for (std::size_t i = 0; i < needs_.users.size(); ++i) {
        Store::Wanted& wanted = needs_.users[i];
        if (wanted.user != bare) continue;
        const bool is_read = i < known_.users.size() && wanted.blocks;
        if (is_read && (wanted.roster || !roster)) return *known_.users[i];
        wanted.roster = wanted.roster || roster;
        wanted.blocks = true;
        is_missing_ = true;
        return nobody;
    }
    needs_.users.push_back({std::string(bare), roster});
    is_missing_ = true;
    return nobody;
}

const UserSnapshot& PlanBuilder::user(std::string_view bare) {
    return find(bare, false);
}

const UserSnapshot& PlanBuilder::user_with_roster(std::string_view bare) {
    return find(bare, true);
}

std::string PlanBuilder::vcard(std::string_view bare) {
    if (known_.asked.vcard_of == bare) return known_.vcard;
    needs_.vcard_of = std::string(bare);
    is_missing_ = true;
    return {};
}

void PlanBuilder::send(std::string_view user, const Route& route, std::string bytes) {
    write(Enqueue{{std::string(user), route.session}, std::move(bytes)});
}

void PlanBuilder::reply(std::string bytes) {
    write(Enqueue{sender_.session, std::move(bytes)});
}

void PlanBuilder::refuse(const Stanza& stanza, StanzaErrorCondition condition,
                         std::string_view detail) {
    if (!may_be_refused(stanza)) return;
    // What cannot be prepared is no address for a client to read either.
    const std::string_view from = stanza.has_bad_to
                                      ? sender_.jid.domainpart()
                                      : stanza.root.attribute("to").value_or(std::string_view{});
    reply(error_stanza(stanza.kind, stanza.id, from, sender_.jid.full(), {condition, detail}));
}

void PlanBuilder::answer(const Stanza& iq, std::string_view payload) {
    reply(iq_result(iq.id, iq.root.attribute("to").value_or(std::string_view{}), sender_.jid.full(),
                    payload));
}

void PlanBuilder::change_route(Route route) {
    plan_.route = route;
    write(PutRoute{std::move(route)});
}

void PlanBuilder::rely_on_routes(std::string_view user) {
    const std::string name(user);
    const UserSnapshot& snapshot = find(user, false);
    if (!snapshot.exists) return;
    unchanged_.try_emplace(name, Unchanged{name, {}, {}}).first->second.routes_version =
        snapshot.routes_version;
}

void PlanBuilder::rely_on_roster(std::string_view user) {
    const std::string name(user);
    const UserSnapshot& snapshot = find(user, true);
    if (!snapshot.exists) return;
    unchanged_.try_emplace(name, Unchanged{name, {}, {}}).first->second.roster_version =
        snapshot.roster.version;
}

std::uint64_t PlanBuilder::next_roster_version(const std::string& user) {
    rely_on_roster(user);
    const auto at = roster_versions_.try_emplace(user, find(user, true).roster.version).first;
    return ++at->second;
}

Plan PlanBuilder::finish() && {
    if (is_missing_) {
        Plan question;
        question.more = std::move(needs_);
        return question;
    }
    if (plan_.end) return {.end = plan_.end};
    std::vector<Write> writes;
    writes.reserve(unchanged_.size() + plan_.writes.size());
    for (auto& [name, unchanged] : unchanged_) writes.emplace_back(std::move(unchanged));
    std::move(plan_.writes.begin(), plan_.writes.end(), std::back_inserter(writes));
    plan_.writes = std::move(writes);
    return std::move(plan_);
}

}  // namespace backend

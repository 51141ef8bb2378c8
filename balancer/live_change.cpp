// Each change copies the states, edits one or some, and lets the pool prepare itself anew.

#include "balancer/live_change.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "conf/near_name.h"

namespace balancer {
namespace {

std::string unknown_backend(const BackendPool& pool, std::string_view typed) {
    std::vector<std::string_view> names;
    for (const Member& member : pool.members()) names.emplace_back(member.backend->name);
    const std::string hint = conf::did_you_mean(typed, names);
    std::string text =
        "pool " + pool.settings().name + " has no backend \"" + std::string(typed) + "\"";
    return hint.empty() ? text : text + " (" + hint + ")";
}

template <class Edit>
Changed with_member(const BackendPool& pool, std::string_view backend, const Edit& edit) {
    const std::vector<Member>& members = pool.members();
    const auto found = std::find_if(members.begin(), members.end(), [&](const Member& each) {
        return each.backend->name == backend;
    });
    if (found == members.end()) return core::fail(unknown_backend(pool, backend));
    std::vector<MemberState> states = pool.states();
    edit(states[static_cast<std::size_t>(found - members.begin())]);
    return pool.with_states(states);
}

}  // namespace

Changed with_weight(const BackendPool& pool, std::string_view backend, std::uint64_t weight) {
    if (weight > kMaxWeight)
        return core::fail("weight " + std::to_string(weight) + " is not within 0 to " +
                          std::to_string(kMaxWeight));
    return with_member(pool, backend, [&](MemberState& state) {
        state.weight = static_cast<std::uint32_t>(weight);
    });
}

Changed with_admin_state(const BackendPool& pool, std::string_view backend, AdminState admin) {
    return with_member(pool, backend, [&](MemberState& state) { state.admin = admin; });
}

std::shared_ptr<const BackendPool> with_health(const BackendPool& pool,
                                               std::span<const HealthReport> reports) {
    std::unordered_map<BackendId, const HealthReport*> by_id;
    for (const HealthReport& report : reports) by_id[report.backend] = &report;
    std::vector<MemberState> states = pool.states();
    for (std::size_t i = 0; i < states.size(); ++i) {
        const auto report = by_id.find(pool.members()[i].id);
        if (report == by_id.end()) continue;
        states[i].health = report->second->health;
        states[i].ramp = std::min(report->second->ramp, kFullRamp);
    }
    return pool.with_states(states);
}

std::shared_ptr<const BackendPool> keep_states(const BackendPool& fresh,
                                               const BackendPool& before) {
    std::unordered_map<BackendId, const Member*> by_id;
    for (const Member& member : before.members()) by_id[member.id] = &member;
    std::vector<MemberState> states = fresh.states();
    for (std::size_t i = 0; i < states.size(); ++i) {
        const Member& now = fresh.members()[i];
        const auto found = by_id.find(now.id);
        if (found == by_id.end()) continue;
        const Member& then = *found->second;
        states[i] = then.state;
        if (then.backend->weight != now.backend->weight) states[i].weight = now.backend->weight;
    }
    return fresh.with_states(states);
}

}  // namespace balancer

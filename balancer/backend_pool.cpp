// Copies a pool's configuration and prepares its tiers for picks.

#include "balancer/backend_pool.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <map>
#include <optional>
#include <utility>

#include "balancer/hash_key.h"

namespace balancer {
namespace {

/// Health counts only among the members that the operator wants to serve: drained ones are no sign
/// of trouble.
bool is_panic(const std::vector<Member>& members, std::uint32_t percent) {
    std::uint64_t wanted = 0;
    std::uint64_t healthy = 0;
    for (const Member& member : members) {
        if (!member.state.is_wanted()) continue;
        ++wanted;
        if (member.state.health != Health::down) ++healthy;
    }
    return healthy * 100 < wanted * percent;
}

}  // namespace

std::uint32_t Tier::member_at_weight(std::uint64_t point) const noexcept {
    assert(point < total_weight());
    const auto passed = std::upper_bound(weight_sums.begin(), weight_sums.end(), point);
    return members[static_cast<std::size_t>(passed - weight_sums.begin())];
}

std::shared_ptr<const BackendPool> BackendPool::make(const conf::Pool& pool, BackendIds& ids) {
    std::shared_ptr<BackendPool> made(new BackendPool);
    made->settings_ = std::make_shared<const conf::Pool>(pool);
    for (const conf::Backend& backend : made->settings_->backends) {
        const std::optional<BackendId> id = ids.id_of(pool.name, backend.name);
        if (!id) return nullptr;
        made->members_.push_back({.id = *id,
                                  .max_sessions = backend.max_sessions,
                                  .connect_rate = backend.connect_rate,
                                  .priority = backend.priority,
                                  .name_hash = hash_of_backend(backend.name),
                                  .owner = owner_of(pool.name, backend.name),
                                  .state = {.weight = backend.weight},
                                  .backend = &backend});
    }
    made->prepare();
    return made;
}

std::shared_ptr<const BackendPool> BackendPool::with_states(
    const std::vector<MemberState>& states) const {
    assert(states.size() == members_.size());
    std::shared_ptr<BackendPool> made(new BackendPool(*this));
    for (std::size_t i = 0; i < states.size(); ++i) made->members_[i].state = states[i];
    made->prepare();
    return made;
}

std::vector<MemberState> BackendPool::states() const {
    std::vector<MemberState> all;
    all.reserve(members_.size());
    for (const Member& member : members_) all.push_back(member.state);
    return all;
}

bool BackendPool::has_shape_of(const BackendPool& other) const noexcept {
    return settings_->balance == other.settings_->balance &&
           std::equal(members_.begin(), members_.end(), other.members_.begin(),
                      other.members_.end(),
                      [](const Member& a, const Member& b) { return a.id == b.id; });
}

/// Most changes of state change no effective weight, and the table takes a while to make.
void BackendPool::make_homes_for(Tier& tier, const std::vector<Tier>& before) const {
    if (tier.members.size() <= kRankedMembers) return;
    for (const Tier& then : before) {
        if (then.members != tier.members || then.weight_sums != tier.weight_sums) continue;
        tier.homes = then.homes;
        return;
    }
    std::vector<HashMember> hashed;
    hashed.reserve(tier.members.size());
    for (const std::uint32_t place : tier.members)
        hashed.push_back({members_[place].name_hash, members_[place].weight});
    tier.homes = std::make_shared<const Homes>(make_homes(hashed));
}

/// Effective weights, then tiers, from states.
void BackendPool::prepare() {
    is_panicking_ = is_panic(members_, settings_->panic);
    const std::vector<Tier> tiers_before = std::exchange(tiers_, {});
    last_resort_.clear();
    std::map<std::uint32_t, Tier> by_priority;
    std::map<std::uint32_t, BackendId> turns_at;
    for (std::uint32_t place = 0; place < members_.size(); ++place) {
        Member& member = members_[place];
        member.weight = member.state.effective_weight(is_panicking_);
        member.login_rate = 1.0 * settings_->login_rate * member.state.ramp / kFullRamp;
        turns_at.emplace(member.priority, member.id);
        if (member.weight == 0) {
            if (member.state.is_wanted() && settings_->panic > 0) last_resort_.push_back(place);
            continue;
        }
        Tier& tier = by_priority[member.priority];
        tier.priority = member.priority;
        tier.turns_at = turns_at.at(member.priority);
        const std::uint64_t before = tier.members.empty() ? 0 : tier.total_weight();
        tier.members.push_back(place);
        tier.weight_sums.push_back(before + member.weight);
    }
    const bool is_hashed = settings_->balance == conf::Balance::hash_user ||
                           settings_->balance == conf::Balance::hash_ip;
    for (auto& [priority, tier] : by_priority) {
        if (is_hashed) make_homes_for(tier, tiers_before);
        tiers_.push_back(std::move(tier));
    }
    static std::atomic<std::uint64_t> snapshots = 0;
    generation_ = ++snapshots;
}

}  // namespace balancer

#pragma once
// What may change about a backend while it serves: the operator's word, its health, its weight.
// Plain values inside a pool's snapshot; a change makes a new snapshot. Any thread.

#include <cstdint>
#include <string_view>

namespace balancer {

/// The operator's word. Drain: no new sessions; those that are there stay. Maintenance: no new
/// sessions, and whoever sets it sends those away that are there.
enum class AdminState : std::uint8_t { ready, drain, maintenance };
std::string_view to_string(AdminState state);

/// As found by health checks and passive signals. Unknown counts as up until something is known.
enum class Health : std::uint8_t { unknown, up, down };
std::string_view to_string(Health health);

inline constexpr std::uint32_t kMaxWeight = 65'535;
inline constexpr std::uint32_t kFullRamp = 100;  // percent

struct MemberState {
    AdminState admin = AdminState::ready;
    Health health = Health::unknown;
    std::uint32_t weight = 0;        // as in the file or as set since; 0: no new sessions
    std::uint32_t ramp = kFullRamp;  // percent of the weight, below 100 during a slow start

    /// Would it take new sessions if it were healthy?
    bool is_wanted() const noexcept { return admin == AdminState::ready && weight > 0; }
    /// The weight that picks use. A slow start never rounds it down to none.
    std::uint32_t effective_weight(bool ignore_health) const noexcept {
        if (!is_wanted() || (health == Health::down && !ignore_health)) return 0;
        const auto ramped = std::uint64_t{weight} * ramp / kFullRamp;
        return ramped == 0 ? 1 : static_cast<std::uint32_t>(ramped);
    }
    friend bool operator==(const MemberState&, const MemberState&) = default;
};

}  // namespace balancer

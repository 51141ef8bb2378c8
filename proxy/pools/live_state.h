#pragma once
// What the operator has set while the process runs (weights, drain, maintenance) and the
// configuration does not say: in words, and as the text of the file that keeps it over a restart.
// Pure; any thread.
// Why: proxy/README.md, "Live changes and the file".

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "balancer/member_state.h"

namespace proxy {

struct PoolStatus;

/// One backend, as it is and as it would be without the operator.
struct LiveMember {
    std::string pool;
    std::string backend;
    balancer::AdminState admin{};
    std::uint32_t weight = 0;
    std::uint32_t file_weight = 0;
    bool is_from_dns = false;  // then DNS says the weight, unless `srv_weight` says otherwise

    bool has_weight() const noexcept { return weight != file_weight; }
    bool is_set() const noexcept { return has_weight() || admin != balancer::AdminState::ready; }
    friend bool operator==(const LiveMember&, const LiveMember&) = default;
};

/// Those that the operator has set.
std::vector<LiveMember> live_members(const std::vector<PoolStatus>& pools);

/// "main/a runs with weight 77, the file says 30", "main/a is in drain".
std::string live_words(const LiveMember& member);

inline constexpr std::string_view kLiveStateMark = "# stanzagate live state 1\n";
inline constexpr std::size_t kMostLiveStateBytes = 4 * 1024 * 1024;

/// The text begins with kLiveStateMark, with a line for each member behind it.
std::string write_live_state(const std::vector<LiveMember>& members);

struct LiveState {
    std::vector<LiveMember> members;
    std::size_t bad_lines = 0;  // passed over
};
/// Reads what follows the mark.
LiveState read_live_state(std::string_view lines);

}  // namespace proxy

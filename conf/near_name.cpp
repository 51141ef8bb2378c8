// Optimal string alignment distance over short names.

#include "conf/near_name.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "core/ascii.h"

namespace conf {
namespace {

constexpr std::size_t kMeantByStart = 3;  // letters that both begin with: "warning" means "warn"
constexpr std::size_t kLongestName = 64;  // longer names are no typing mistakes of ours

std::string folded(std::string_view name) {
    std::string result = core::ascii_lower(name);
    std::ranges::replace(result, '-', '_');
    return result;
}

std::size_t distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> older(right.size() + 1);
    std::vector<std::size_t> previous(right.size() + 1);
    std::vector<std::size_t> current(right.size() + 1);
    for (std::size_t j = 0; j <= right.size(); ++j) previous[j] = j;
    for (std::size_t i = 1; i <= left.size(); ++i) {
        current[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const std::size_t change = left[i - 1] == right[j - 1] ? 0 : 1;
            current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + change});
            const bool swapped =
                i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
            if (swapped) current[j] = std::min(current[j], older[j - 2] + 1);
        }
        older.swap(previous);
        previous.swap(current);
    }
    return previous[right.size()];
}

}  // namespace

std::string_view near_name(std::string_view typed, std::span<const std::string_view> candidates) {
    if (typed.empty() || typed.size() > kLongestName) return {};
    const std::string wanted = folded(typed);
    std::string_view best;
    std::size_t best_distance = std::numeric_limits<std::size_t>::max();
    for (const std::string_view candidate : candidates) {
        if (candidate.size() > kLongestName) continue;
        // A third of the letters may be wrong, none of two: more than that is another word.
        const std::size_t allowed = std::max(wanted.size(), candidate.size()) / 3;
        const std::string known = folded(candidate);
        const bool is_start = std::min(wanted.size(), known.size()) >= kMeantByStart &&
                              (wanted.starts_with(known) || known.starts_with(wanted));
        const std::size_t found = distance(wanted, known);
        if ((is_start || found <= allowed) && found < best_distance) {
            best = candidate;
            best_distance = found;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view typed, std::span<const std::string_view> candidates) {
    const std::string_view name = near_name(typed, candidates);
    return name.empty() ? std::string() : "did you mean \"" + std::string(name) + "\"?";
}

}  // namespace conf

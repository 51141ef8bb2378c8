#include "proxy/web/forward_choice.h"

#include <algorithm>
#include <tuple>

#include "balancer/rendezvous.h"
#include "balancer/router.h"

namespace proxy {

namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// As servers read forms: '+' is a blank, and what is no encoding stands for itself.
std::string decoded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool has_digits = text[i] == '%' && i + 2 < text.size();
        const int high = has_digits ? hex_digit(text[i + 1]) : -1;
        const int low = has_digits ? hex_digit(text[i + 2]) : -1;
        if (high >= 0 && low >= 0) {
            out.push_back(static_cast<char>(high * 16 + low));
            i += 2;
        } else {
            out.push_back(text[i] == '+' ? ' ' : text[i]);
        }
    }
    return out;
}

struct Ranked {
    bool is_resting;
    std::size_t tier;
    double score;
    std::uint32_t place;

    bool operator<(const Ranked& other) const {
        return std::tuple(is_resting, tier, -score, place) <
               std::tuple(other.is_resting, other.tier, -other.score, other.place);
    }
};

}  // namespace

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
    for (auto at = query.begin(); at != query.end();) {
        const auto end = std::find(at, query.end(), '&');
        const auto sign = std::find(at, end, '=');
        const bool is_it = decoded({at, sign}) == name;
        at = end == query.end() ? end : end + 1;
        if (!is_it) continue;
        std::string value = sign == end ? std::string() : decoded({sign + 1, end});
        if (value.empty()) return std::nullopt;
        return value;
    }
    return std::nullopt;
}

std::vector<std::uint32_t> forward_order(const balancer::BackendPool& pool, std::uint64_t key,
                                         std::optional<balancer::Owner> owner,
                                         const IsResting& is_resting, std::size_t most) {
    const std::uint32_t slot = balancer::slot_of(key);
    std::vector<Ranked> ranked;
    const auto add = [&](std::size_t tier, std::uint32_t place, std::uint32_t weight) {
        const balancer::Member& member = pool.members()[place];
        ranked.push_back({is_resting(member), tier,
                          balancer::rendezvous_score(slot, member.name_hash, weight), place});
    };
    for (std::size_t i = 0; i < pool.tiers().size(); ++i)
        for (const std::uint32_t place : pool.tiers()[i].members)
            add(i, place, pool.members()[place].weight);
    std::sort(ranked.begin(), ranked.end());
    const auto behind = static_cast<std::ptrdiff_t>(ranked.size());
    for (const std::uint32_t place : pool.last_resort())
        add(pool.tiers().size(), place, pool.members()[place].state.weight);
    std::sort(ranked.begin() + behind, ranked.end());

    std::vector<std::uint32_t> order;
    const auto first = balancer::Router::place_of_owner(
        pool, {.domain = {}, .client = {}, .user = std::nullopt, .owner = owner});
    if (first) order.push_back(*first);
    for (const Ranked& each : ranked)
        if (each.place != first) order.push_back(each.place);
    order.resize(std::min(order.size(), most));
    return order;
}

}  // namespace proxy

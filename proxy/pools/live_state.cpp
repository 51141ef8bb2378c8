// A line is "POOL BACKEND STATE WEIGHT FILE_WEIGHT [dns]". Names are what TOML allows: all that
// could be taken for an end of a word or a line is written as %XX.

#include "proxy/pools/live_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <optional>

#include "proxy/pools/member_name.h"
#include "proxy/pools/pool_status.h"

namespace proxy {

namespace {

using balancer::AdminState;

constexpr std::array kStates{AdminState::ready, AdminState::drain, AdminState::maintenance};

std::string as_word(std::string_view name) {
    std::string word;
    for (const char byte : name) {
        if (byte > ' ' && byte < 0x7f && byte != '%') {
            word += byte;
        } else {
            fmt::format_to(std::back_inserter(word), "%{:02X}", static_cast<unsigned char>(byte));
        }
    }
    return word;
}

template <class T>
std::optional<T> number_of(std::string_view digits, int base = 10) {
    T value = 0;
    const char* end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, value, base);
    if (digits.empty() || read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return value;
}

std::optional<std::string> name_of(std::string_view word) {
    std::string name;
    while (!word.empty()) {
        if (word[0] != '%') {
            name += word[0];
            word.remove_prefix(1);
            continue;
        }
        const auto byte = number_of<unsigned char>(word.substr(1, 2), 16);
        if (word.size() < 3 || !byte) return std::nullopt;
        name += static_cast<char>(*byte);
        word.remove_prefix(3);
    }
    return name.empty() ? std::nullopt : std::optional(name);
}

std::string_view take_word(std::string_view& line) {
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return word;
}

std::optional<AdminState> state_named(std::string_view word) {
    for (const AdminState state : kStates)
        if (to_string(state) == word) return state;
    return std::nullopt;
}

std::optional<LiveMember> member_of(std::string_view line) {
    const auto pool = name_of(take_word(line));
    const auto backend = name_of(take_word(line));
    const auto admin = state_named(take_word(line));
    const auto weight = number_of<std::uint32_t>(take_word(line));
    const auto file_weight = number_of<std::uint32_t>(take_word(line));
    if (!pool || !backend || !admin || !weight || !file_weight) return std::nullopt;
    if (*weight > balancer::kMaxWeight || (!line.empty() && line != "dns")) return std::nullopt;
    return LiveMember{*pool, *backend, *admin, *weight, *file_weight, line == "dns"};
}

}  // namespace

std::vector<LiveMember> live_members(const std::vector<PoolStatus>& pools) {
    std::vector<LiveMember> members;
    for (const PoolStatus& pool : pools) {
        for (const BackendStatus& each : pool.backends) {
            LiveMember member{pool.name,   each.name,        each.admin,
                              each.weight, each.file_weight, each.is_from_dns};
            if (member.is_set()) members.push_back(std::move(member));
        }
    }
    return members;
}

std::string live_words(const LiveMember& member) {
    std::string words = MemberName{member.pool, member.backend}.text();
    if (member.has_weight())
        words += fmt::format(" runs with weight {}, {} says {}", member.weight,
                             member.is_from_dns ? "DNS" : "the file", member.file_weight);
    if (member.admin != AdminState::ready)
        words +=
            fmt::format("{} is in {}", member.has_weight() ? ", and" : "", to_string(member.admin));
    return words;
}

std::string write_live_state(const std::vector<LiveMember>& members) {
    std::string text(kLiveStateMark);
    for (const LiveMember& member : members)
        fmt::format_to(std::back_inserter(text), "{} {} {} {} {}{}\n", as_word(member.pool),
                       as_word(member.backend), to_string(member.admin), member.weight,
                       member.file_weight, member.is_from_dns ? " dns" : "");
    return text;
}

LiveState read_live_state(std::string_view lines) {
    LiveState state;
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        const std::string_view line = lines.substr(0, end);
        lines.remove_prefix(std::min(end + 1, lines.size()));
        if (line.empty() || line[0] == '#') continue;
        if (auto member = member_of(line)) {
            state.members.push_back(*std::move(member));
        } else {
            ++state.bad_lines;
        }
    }
    return state;
}

}  // namespace proxy

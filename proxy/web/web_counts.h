#pragma once
// What a worker's web front has answered. The worker's thread counts; any thread reads. Words are
// values of labels, so they keep their meaning.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/count.h"

namespace proxy {

/// What became of a request of BOSH.
enum class BoshResult : std::uint8_t {
    answered,         // by its session
    gone,             // its client went before the answer
    unknown_session,  // there is none of that sid (any more)
    bad_request,      // the body broke a rule
    no_place,         // for one more session
};
inline constexpr std::array kBoshResults{BoshResult::answered, BoshResult::gone,
                                         BoshResult::unknown_session, BoshResult::bad_request,
                                         BoshResult::no_place};
constexpr std::string_view to_string(BoshResult result) {
    switch (result) {
        case BoshResult::answered: return "answered";
        case BoshResult::gone: return "gone";
        case BoshResult::unknown_session: return "unknown_session";
        case BoshResult::bad_request: return "bad_request";
        case BoshResult::no_place: return "no_place";
    }
    return "unknown";
}

/// A code with which WebSockets are closed (RFC 6455 section 7.4.1), and its word as a label.
struct CloseCode {
    std::uint16_t code;
    std::string_view word;
};
constexpr std::string_view to_string(const CloseCode& close) {
    return close.word;
}
/// The last stands for all others.
inline constexpr std::array<CloseCode, 9> kCloseCodes{{{1000, "1000"},
                                                       {1001, "1001"},
                                                       {1002, "1002"},
                                                       {1003, "1003"},
                                                       {1007, "1007"},
                                                       {1008, "1008"},
                                                       {1009, "1009"},
                                                       {1011, "1011"},
                                                       {0, "other"}}};

/// The same numbers, added up.
struct WebTally {
    std::array<std::uint64_t, kBoshResults.size()> bosh{};
    std::array<std::uint64_t, kCloseCodes.size()> closes{};
};

class WebCounts {
public:
    void note(BoshResult result) noexcept { bosh_[static_cast<std::size_t>(result)].add(); }
    void note_close(std::uint16_t code) noexcept {
        const auto known = std::find_if(kCloseCodes.begin(), kCloseCodes.end() - 1,
                                        [&](const CloseCode& each) { return each.code == code; });
        closes_[static_cast<std::size_t>(known - kCloseCodes.begin())].add();
    }

    void add_to(WebTally& tally) const noexcept {
        for (std::size_t i = 0; i < bosh_.size(); ++i) tally.bosh[i] += bosh_[i].value();
        for (std::size_t i = 0; i < closes_.size(); ++i) tally.closes[i] += closes_[i].value();
    }

private:
    std::array<core::Count, kBoshResults.size()> bosh_;
    std::array<core::Count, kCloseCodes.size()> closes_;
};

}  // namespace proxy

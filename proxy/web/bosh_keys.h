#pragma once
// The key sequence of one BOSH session (XEP-0124 section 15): each request shows what only the
// client of the request before it can know. Pure; one thread.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "xmpp/bosh_body.h"

namespace proxy {

class BoshKeys {
public:
    /// The next request in order. False: its key does not follow from the request before it.
    [[nodiscard]] bool accept(const xmpp::BoshBody& request);
    /// Is this an exact copy of a request that was accepted not long ago, as far as keys show it?
    [[nodiscard]] bool is_repeat(const xmpp::BoshBody& request) const;

private:
    static constexpr std::size_t kRecentMost = 10;  // more than there are kept answers

    std::string expected_;  // hash of the next key; empty: no sequence has begun
    std::vector<std::pair<std::uint64_t, xmpp::BoshKey>> recent_;
};

}  // namespace proxy

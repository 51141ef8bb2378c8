#pragma once
// How long the next refusal of a login is kept back, by the client's address: longer with each
// failure, and forgotten after a while. Pure: the time is handed in. Loop thread of its node.
// Why: backend/README.md, "Refusals take time".

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>
#include <unordered_map>

#include "core/endpoint.h"

namespace backend {

class LoginDelays {
public:
    using Time = std::chrono::steady_clock::time_point;

    static constexpr std::chrono::milliseconds kFirst{100};
    static constexpr std::chrono::milliseconds kLongest{10'000};
    static constexpr std::chrono::minutes kForgotten{10};  // without a failure
    static constexpr std::size_t kMost = 10'000;           // addresses; beyond, the oldest go

    /// A login from there has failed: how long to wait before saying so. An IPv6 address counts
    /// with its /64, which is what one subscriber has (RFC 6177). A login that succeeds changes
    /// nothing: an attacker may have an account, too.
    std::chrono::milliseconds on_failure(const core::Endpoint& client, Time now);
    std::size_t size() const { return entries_.size(); }

private:
    struct Entry {
        unsigned failures = 0;
        Time last;
    };
    /// Failures in their order; one that another failure followed is passed over.
    struct Note {
        std::string key;
        Time at;
    };
    void forget(Time now);

    std::unordered_map<std::string, Entry> entries_;
    std::deque<Note> notes_;
};

}  // namespace backend

#pragma once
// What was read of users lately, so that not every message has to ask the store again. A caller
// that plans with it lets the commit check the version (Unchanged), and forgets what was refused.
// One for a node, bounded, without clock or store; loop thread only.

#include <cstddef>
#include <string>
#include <unordered_map>

#include "backend/store/records.h"

namespace backend {

class RecentUsers {
public:
    /// Of what is remembered, about.
    static constexpr std::size_t kBytesMost = 2 * 1024 * 1024;

    RecentUsers() = default;
    explicit RecentUsers(std::size_t bytes_most) : bytes_most_(bytes_most) {}

    /// Null: not known.
    KnownUser find(const std::string& user);
    /// Replaces what was known of the user. A large snapshot is not worth its place.
    void remember(const std::string& user, KnownUser snapshot);
    void forget(const std::string& user);

private:
    using Generation = std::unordered_map<std::string, KnownUser>;

    // A user that is asked for moves to the young; when those fill half of the bound, the old go.
    Generation young_;
    Generation old_;
    std::size_t young_bytes_ = 0;
    std::size_t bytes_most_ = kBytesMost;
};

}  // namespace backend

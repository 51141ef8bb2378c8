#pragma once
// What clients of a domain are offered, as the health checks found it at the pool's backends: an
// immutable snapshot, so that a worker can answer a stream header before any backend is chosen.
// Any thread.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace proxy {

struct FeaturesProfile {
    std::string pool;  // whose backends offer it
    /// The whole <stream:features/> element as a client may see it (xmpp::edit_features applied),
    /// readable in a stream whose header declares the usual prefixes only.
    std::string features;
    friend bool operator==(const FeaturesProfile&, const FeaturesProfile&) = default;
};

class FeaturesProfiles {
public:
    using ByDomain = std::map<std::string, FeaturesProfile, std::less<>>;

    FeaturesProfiles() = default;
    explicit FeaturesProfiles(ByDomain by_domain) : by_domain_(std::move(by_domain)) {}

    /// The features that `pool` offers for `domain` (prepared); null when no check has found any.
    const std::string* find(std::string_view pool, std::string_view domain) const {
        const auto found = by_domain_.find(domain);
        if (found == by_domain_.end() || found->second.pool != pool) return nullptr;
        return &found->second.features;
    }

private:
    ByDomain by_domain_;
};

}  // namespace proxy

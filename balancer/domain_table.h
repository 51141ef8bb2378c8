#pragma once
// Which pool serves a domain: exact names, then "*.example.org", then "*". Immutable once filled.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace balancer {

/// Place of a pool in a RoutingTable.
using PoolIndex = std::uint32_t;

class DomainTable {
public:
    /// `name` is an A-label name in lower case, "*." in front of one (any single label), or "*"
    /// (every other domain). The first entry for a name stays; returns whether this one was it.
    bool add(std::string name, PoolIndex pool);

    /// `domain` is an A-label name in lower case. A wildcard stands for exactly one label.
    std::optional<PoolIndex> find(std::string_view domain) const;
    /// The entry that this comes from, as it was added.
    std::optional<std::string> rule_for(std::string_view domain) const;

private:
    enum class Width : std::uint8_t { exact, wildcard, all };
    struct Match {
        PoolIndex pool;
        Width width;
    };
    std::optional<Match> match(std::string_view domain) const;

    std::map<std::string, PoolIndex, std::less<>> exact_;
    std::map<std::string, PoolIndex, std::less<>> wildcard_;  // by what follows "*."
    std::optional<PoolIndex> default_;
};

}  // namespace balancer

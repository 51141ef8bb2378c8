// Three look-ups, from the narrowest name to the widest.

#include "balancer/domain_table.h"

#include <utility>

namespace balancer {

bool DomainTable::add(std::string name, PoolIndex pool) {
    if (name == "*") {
        if (default_) return false;
        default_ = pool;
        return true;
    }
    if (name.starts_with("*.")) return wildcard_.emplace(name.substr(2), pool).second;
    return exact_.emplace(std::move(name), pool).second;
}

std::optional<DomainTable::Match> DomainTable::match(std::string_view domain) const {
    if (const auto found = exact_.find(domain); found != exact_.end())
        return Match{found->second, Width::exact};
    const std::size_t dot = domain.find('.');
    if (dot != std::string_view::npos && dot > 0) {
        const auto found = wildcard_.find(domain.substr(dot + 1));
        if (found != wildcard_.end()) return Match{found->second, Width::wildcard};
    }
    if (default_) return Match{*default_, Width::all};
    return std::nullopt;
}

std::optional<PoolIndex> DomainTable::find(std::string_view domain) const {
    const auto found = match(domain);
    return found ? std::optional(found->pool) : std::nullopt;
}

std::optional<std::string> DomainTable::rule_for(std::string_view domain) const {
    const auto found = match(domain);
    if (!found) return std::nullopt;
    switch (found->width) {
        case Width::exact: return std::string(domain);
        case Width::wildcard: return "*" + std::string(domain.substr(domain.find('.')));
        case Width::all: return "*";
    }
    return std::nullopt;
}

}  // namespace balancer

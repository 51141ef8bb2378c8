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

std::optional<PoolIndex> DomainTable::find(std::string_view domain) const {
    if (const auto found = exact_.find(domain); found != exact_.end()) return found->second;
    const std::size_t dot = domain.find('.');
    if (dot != std::string_view::npos && dot > 0) {
        const auto found = wildcard_.find(domain.substr(dot + 1));
        if (found != wildcard_.end()) return found->second;
    }
    return default_;
}

}  // namespace balancer

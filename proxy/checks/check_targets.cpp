#include "proxy/checks/check_targets.h"

#include <string_view>

namespace proxy {
namespace {

constexpr std::string_view kAnyLabel = "*.";

bool is_exact(const conf::Domain& domain) {
    return domain.name != "*" && !domain.name.starts_with(kAnyLabel);
}

}  // namespace

CheckTarget CheckTargets::at(std::size_t turn, const conf::Backend& backend) const {
    if (domains.empty()) return {.domain = stand_in.empty() ? backend.host : stand_in};
    const bool names_user = turn / domains.size() % 2 == 1;
    return {.domain = domains[turn % domains.size()],
            .wants_features = true,
            .form = names_user ? HeaderForm::user : HeaderForm::anonymous};
}

CheckTargets check_targets(const conf::Config& config, const std::string& pool) {
    CheckTargets targets;
    std::string first_of_all;
    for (const conf::Domain& domain : config.domains) {
        if (is_exact(domain)) {
            if (first_of_all.empty()) first_of_all = domain.name;
            if (domain.pool == pool) targets.domains.push_back(domain.name);
        } else if (domain.pool == pool && domain.name != "*" && targets.stand_in.empty()) {
            targets.stand_in = domain.name.substr(kAnyLabel.size());
        }
    }
    if (targets.stand_in.empty()) targets.stand_in = first_of_all;
    return targets;
}

}  // namespace proxy

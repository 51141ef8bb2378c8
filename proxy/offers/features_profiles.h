#pragma once
// What clients of a domain see as features, as health checks found it at the pool's backends: an
// immutable snapshot, so that a worker can answer a stream header before any backend is chosen. Any
// thread.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/offers/header_form.h"
#include "xmpp/element.h"

namespace proxy {

struct FeaturesProfile {
    /// Whole <stream:features/> elements as clients may see them (xmpp::edit_features applied), for
    /// headers of the two forms.
    std::string features;
    std::string user_features;
    /// What the header in front of them has to declare beyond the usual, for them and for all that
    /// the backends say later in its scope.
    xmpp::NamespaceBindings prefixes;

    const std::string& features_for(HeaderForm form) const {
        return form == HeaderForm::user ? user_features : features;
    }
    friend bool operator==(const FeaturesProfile&, const FeaturesProfile&) = default;
};

class FeaturesProfiles {
public:
    struct Entry {
        std::string pool;                                // whose backends offer it
        std::shared_ptr<const FeaturesProfile> profile;  // never null
    };
    using ByDomain = std::map<std::string, Entry, std::less<>>;

    FeaturesProfiles() = default;
    explicit FeaturesProfiles(ByDomain by_domain) : by_domain_(std::move(by_domain)) {}

    /// What `pool` offers for `domain` (prepared); null when no check has found it.
    const FeaturesProfile* find(std::string_view pool, std::string_view domain) const {
        const auto found = by_domain_.find(domain);
        if (found == by_domain_.end() || found->second.pool != pool) return nullptr;
        return found->second.profile.get();
    }

    /// The domains for which it is known what `pool` offers.
    std::vector<std::string> domains_of(std::string_view pool) const {
        std::vector<std::string> domains;
        for (const auto& [domain, entry] : by_domain_)
            if (entry.pool == pool) domains.push_back(domain);
        return domains;
    }

private:
    ByDomain by_domain_;
};

}  // namespace proxy

#pragma once
// What the members of one pool offer to clients of its domains, as checks found it: which SASL
// offer is the pool's, who differs from it, and which features clients are shown. Pure.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "balancer/backend_id.h"

namespace proxy {

struct Offer {
    std::string features;  // as ProbeResult has them
    std::string sasl;
    friend bool operator==(const Offer&, const Offer&) = default;
};

/// A member whose offers count.
struct Voter {
    balancer::BackendId id;
    /// Whether it takes new sessions. Those that do decide; the others only while none of them has
    /// answered, so that a node drained for its upgrade cannot take the others out.
    bool is_wanted = true;
    friend bool operator==(const Voter&, const Voter&) = default;
};

/// The pool's SASL offer for a domain, the reference, is the one that most members make; of two
/// that are made equally often that of the earlier member.
class PoolOffers {
public:
    /// In the order of the configuration. Offers of others are forgotten, and with one that left,
    /// the features shown may change.
    void set_voters(std::vector<Voter> voters);
    /// The domains that clients may ask for; what is known of others is forgotten.
    void set_domains(const std::vector<std::string>& domains);

    /// A check of the member found this. Of domains and members that are not set nothing is kept.
    void note(balancer::BackendId member, const std::string& domain, Offer offer);
    /// The member does not answer any more.
    void forget(balancer::BackendId member);

    /// In words how its SASL offer differs from the reference, for the first domain where it does.
    std::optional<std::string> difference_of(balancer::BackendId member) const;

    /// The features that clients of the domain are shown: those of a member with the reference
    /// offer, the same ones as long as any such member offers them, and the last ones when no
    /// member answers any more. Empty: none are known.
    std::string_view shown(std::string_view domain) const;
    /// How often any of them have changed.
    std::uint64_t changes() const noexcept { return changes_; }

private:
    struct Offers {
        std::map<balancer::BackendId, std::shared_ptr<const Offer>> by_member;
        std::string shown;
    };
    const Offer* find(const Offers& offers, balancer::BackendId member) const;
    const Offer* reference(const Offers& offers) const;
    void settle(Offers& offers);

    std::vector<Voter> voters_;
    std::map<std::string, Offers, std::less<>> domains_;
    std::uint64_t changes_ = 0;
};

/// "offers PLAIN, which others do not; lacks SCRAM-SHA-256": the mechanisms by which a SASL offer
/// differs from the reference; both as ProbeResult has them. Mechanisms of SASL2 are called so.
std::string sasl_difference(std::string_view offer, std::string_view reference);

}  // namespace proxy

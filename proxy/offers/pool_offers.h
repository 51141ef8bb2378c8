#pragma once
// What the members of one pool offer to clients of its domains, as checks found it: which SASL
// offer is the pool's, who differs from it, and what clients are shown. Pure.
// Why: proxy/README.md, "The offer of most".

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "balancer/backend_id.h"
#include "proxy/offers/features_profiles.h"
#include "proxy/offers/header_form.h"
#include "proxy/offers/offer.h"

namespace proxy {

/// What one check found at a member.
struct Finding {
    // For headers of each form; none: it was not asked, or not answered.
    std::optional<Offer> offer = {};
    std::optional<Offer> user_offer = {};
    /// A header that names a user has led to nothing, though the other one passed.
    bool refuses_users = false;
};

/// A member whose offers count.
struct Voter {
    balancer::BackendId id;
    /// Whether it takes new sessions. Those that do decide; the others only while none of them has
    /// answered, so that a node drained for its upgrade cannot take the others out.
    bool is_wanted = true;
    friend bool operator==(const Voter&, const Voter&) = default;
};

/// The pool's SASL offer for a domain and a form of headers, the reference, is the one that most
/// members make; of two that are made equally often that of the earlier member.
class PoolOffers {
public:
    /// In the order of the configuration. Offers of others are forgotten, and with one that left,
    /// what is shown may change.
    void set_voters(std::vector<Voter> voters);
    /// The domains that clients may ask for; what is known of others is forgotten.
    void set_domains(const std::vector<std::string>& domains);

    /// Of domains and members that are not set nothing is kept.
    void note(balancer::BackendId member, const std::string& domain, Finding finding);
    /// The member does not answer any more.
    void forget(balancer::BackendId member);
    /// It does not answer headers with a user as it did.
    void forget_user_offer(balancer::BackendId member, const std::string& domain);

    /// Does a check that is to ask by this form have to ask by both? The answer of the other one is
    /// needed while it is not known, and to judge by where users are refused.
    bool needs_both(balancer::BackendId member, std::string_view domain, HeaderForm form) const;
    /// Is it known of any member what it answers to headers of both forms?
    bool is_known(std::string_view domain) const;

    /// In words how its SASL offer differs from the reference, for the first domain where it does.
    std::optional<std::string> difference_of(balancer::BackendId member) const;

    /// What clients of the domain are shown: for each form of headers the features of a member with
    /// the reference offer, the same ones as long as any such member offers them, and the last ones
    /// when no member answers any more. A form that every member refuses is shown the other one's.
    /// Null: not all is known yet, or no one header can stand in front of what the members say.
    std::shared_ptr<const FeaturesProfile> shown(std::string_view domain) const;
    /// Why nothing is shown though all is known, in words; empty: that is not so.
    std::string_view why_not_shown(std::string_view domain) const;
    /// How often any of what is shown has changed.
    std::uint64_t changes() const noexcept { return changes_; }

private:
    static constexpr std::size_t kForms = 2;
    struct Member {
        std::array<std::shared_ptr<const Offer>, kForms> offers;  // by HeaderForm
        bool refuses_users = false;
        bool is_known() const { return offers[0] && (offers[1] || refuses_users); }
    };
    struct Domain {
        std::map<balancer::BackendId, Member> by_member;
        std::shared_ptr<const FeaturesProfile> shown;
        std::string why_not;
        bool is_known = false;
    };
    static const Offer* find(const Domain& domain, balancer::BackendId member, HeaderForm form);
    static void keep(Domain& domain, Member& member, HeaderForm form, std::optional<Offer> offer);
    const Offer* reference(const Domain& domain, HeaderForm form) const;
    const std::string* features_for(const Domain& domain, HeaderForm form) const;
    void settle(Domain& domain);
    void show(Domain& domain, std::shared_ptr<const FeaturesProfile> profile);

    std::vector<Voter> voters_;
    std::map<std::string, Domain, std::less<>> domains_;
    std::uint64_t changes_ = 0;
};

/// "offers PLAIN, which others do not; lacks SCRAM-SHA-256": the mechanisms by which a SASL offer
/// differs from the reference; both as Offer has them. Mechanisms of SASL2 are called so.
std::string sasl_difference(std::string_view offer, std::string_view reference);

}  // namespace proxy

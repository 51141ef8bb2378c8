// Offers are few per domain, mostly equal ones; equal ones are kept once.

#include "proxy/offers/pool_offers.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace proxy {
namespace {

/// Names in one sentence; a backend could offer any number, of any length (RFC 4422 section 3.1
/// allows 20 characters).
constexpr std::size_t kNamesTold = 8;
constexpr std::size_t kNameBytesTold = 32;

/// The mechanisms of an xmpp::sasl_offer.
std::set<std::string_view> mechanisms(std::string_view offer) {
    std::set<std::string_view> names;
    while (!offer.empty()) {
        const std::size_t end = std::min(offer.find(", "), offer.size());
        names.insert(offer.substr(0, end));
        offer.remove_prefix(std::min(end + 2, offer.size()));
    }
    return names;
}

std::string told_name(std::string_view name) {
    if (name.size() <= kNameBytesTold) return std::string(name);
    return std::string(name.substr(0, kNameBytesTold)) + "...";
}

std::string names_only_in(const std::set<std::string_view>& left,
                          const std::set<std::string_view>& right) {
    std::string text;
    std::size_t told = 0;
    for (const std::string_view name : left) {
        if (right.contains(name)) continue;
        if (told++ == kNamesTold) return text + ", ...";
        text += (text.empty() ? "" : ", ") + told_name(name);
    }
    return text;
}

/// More than any server declares; each is sent to every client.
constexpr std::size_t kPrefixes = 32;

/// Adds what `offer` needs declared; in words why that cannot be, else empty.
std::string add_prefixes(xmpp::NamespaceBindings& declared, const Offer& offer) {
    if (!offer.prefixes) return "a backend's stream header cannot be written by others";
    for (const xmpp::NamespaceBinding& binding : *offer.prefixes) {
        const auto same = std::find_if(declared.begin(), declared.end(), [&](const auto& each) {
            return each.prefix == binding.prefix;
        });
        if (same == declared.end()) {
            declared.push_back(binding);
        } else if (same->uri != binding.uri) {
            return "backends declare the prefix " + told_name(binding.prefix) +
                   " for different namespaces";
        }
    }
    return declared.size() > kPrefixes ? "backends declare too many prefixes" : "";
}

}  // namespace

std::string sasl_difference(std::string_view offer, std::string_view reference) {
    const std::set<std::string_view> own = mechanisms(offer);
    const std::set<std::string_view> theirs = mechanisms(reference);
    const std::string more = names_only_in(own, theirs);
    const std::string less = names_only_in(theirs, own);
    std::string words;
    if (!more.empty()) words = "offers " + more + ", which others do not";
    if (!less.empty()) words += (words.empty() ? "lacks " : "; lacks ") + less;
    return words;
}

void PoolOffers::set_voters(std::vector<Voter> voters) {
    if (voters == voters_) return;
    voters_ = std::move(voters);
    std::set<balancer::BackendId> ids;
    for (const Voter& voter : voters_) ids.insert(voter.id);
    for (auto& [name, domain] : domains_) {
        std::erase_if(domain.by_member,
                      [&](const auto& member) { return !ids.contains(member.first); });
        settle(domain);
    }
}

void PoolOffers::set_domains(const std::vector<std::string>& domains) {
    std::map<std::string, Domain, std::less<>> kept;
    for (const std::string& name : domains) kept[name] = std::move(domains_[name]);
    domains_ = std::move(kept);
}

void PoolOffers::note(balancer::BackendId member, const std::string& name, Finding finding) {
    const auto at = domains_.find(name);
    if (at == domains_.end()) return;
    const bool is_voter = std::any_of(voters_.begin(), voters_.end(),
                                      [&](const Voter& voter) { return voter.id == member; });
    if (!is_voter) return;
    Domain& domain = at->second;
    Member& known = domain.by_member[member];
    keep(domain, known, HeaderForm::anonymous, std::move(finding.offer));
    if (finding.user_offer) known.refuses_users = false;
    keep(domain, known, HeaderForm::user, std::move(finding.user_offer));
    if (finding.refuses_users) {
        known.refuses_users = true;
        known.offers[static_cast<std::size_t>(HeaderForm::user)].reset();
    }
    settle(domain);
}

void PoolOffers::keep(Domain& domain, Member& member, HeaderForm form, std::optional<Offer> offer) {
    if (!offer) return;
    const auto place = static_cast<std::size_t>(form);
    for (const auto& [id, other] : domain.by_member) {
        for (const auto& theirs : other.offers) {
            if (theirs == nullptr || *theirs != *offer) continue;
            member.offers[place] = theirs;
            return;
        }
    }
    member.offers[place] = std::make_shared<const Offer>(*std::move(offer));
}

void PoolOffers::forget(balancer::BackendId member) {
    for (auto& [name, domain] : domains_)
        if (domain.by_member.erase(member) != 0) settle(domain);
}

void PoolOffers::forget_user_offer(balancer::BackendId member, const std::string& name) {
    const auto at = domains_.find(name);
    if (at == domains_.end()) return;
    const auto known = at->second.by_member.find(member);
    if (known == at->second.by_member.end()) return;
    known->second.offers[static_cast<std::size_t>(HeaderForm::user)].reset();
    known->second.refuses_users = false;
    settle(at->second);
}

bool PoolOffers::needs_both(balancer::BackendId member, std::string_view name,
                            HeaderForm form) const {
    const auto at = domains_.find(name);
    if (at == domains_.end()) return true;
    const auto found = at->second.by_member.find(member);
    if (found == at->second.by_member.end() || !found->second.is_known()) return true;
    return form == HeaderForm::user && found->second.refuses_users;
}

bool PoolOffers::is_known(std::string_view name) const {
    const auto at = domains_.find(name);
    return at != domains_.end() && at->second.is_known;
}

std::optional<std::string> PoolOffers::difference_of(balancer::BackendId member) const {
    for (const auto& [name, domain] : domains_) {
        for (const HeaderForm form : {HeaderForm::anonymous, HeaderForm::user}) {
            const Offer* own = find(domain, member, form);
            const Offer* theirs = reference(domain, form);
            if (own == nullptr || own->sasl == theirs->sasl) continue;
            std::string words = sasl_difference(own->sasl, theirs->sasl) + " (for " + name;
            if (form == HeaderForm::user) words += ", to headers that name a user";
            return words + ")";
        }
    }
    return std::nullopt;
}

std::shared_ptr<const FeaturesProfile> PoolOffers::shown(std::string_view name) const {
    const auto at = domains_.find(name);
    return at == domains_.end() ? nullptr : at->second.shown;
}

std::string_view PoolOffers::why_not_shown(std::string_view name) const {
    const auto at = domains_.find(name);
    return at == domains_.end() ? std::string_view() : std::string_view(at->second.why_not);
}

const Offer* PoolOffers::find(const Domain& domain, balancer::BackendId member, HeaderForm form) {
    const auto at = domain.by_member.find(member);
    if (at == domain.by_member.end()) return nullptr;
    return at->second.offers[static_cast<std::size_t>(form)].get();
}

/// An offer with the reference SASL; null when no member has made any.
const Offer* PoolOffers::reference(const Domain& domain, HeaderForm form) const {
    for (const bool only_wanted : {true, false}) {
        std::map<std::string_view, std::size_t> votes;
        std::size_t most = 0;
        for (const Voter& voter : voters_) {
            const Offer* own = find(domain, voter.id, form);
            if (own == nullptr || (only_wanted && !voter.is_wanted)) continue;
            most = std::max(most, ++votes[own->sasl]);
        }
        for (const Voter& voter : voters_) {
            const Offer* own = find(domain, voter.id, form);
            if (own == nullptr || (only_wanted && !voter.is_wanted)) continue;
            if (votes[own->sasl] == most) return own;
        }
    }
    return nullptr;
}

/// Those that are shown already, if a member with the reference offer makes them still; null when
/// no member has made any.
const std::string* PoolOffers::features_for(const Domain& domain, HeaderForm form) const {
    const Offer* chosen = reference(domain, form);
    if (chosen == nullptr) return nullptr;
    if (domain.shown != nullptr) {
        const std::string& before = domain.shown->features_for(form);
        for (const auto& [id, member] : domain.by_member) {
            const Offer* own = find(domain, id, form);
            if (own != nullptr && own->sasl == chosen->sasl && own->features == before)
                return &before;
        }
    }
    return &chosen->features;
}

void PoolOffers::settle(Domain& domain) {
    FeaturesProfile profile;
    std::string why_not;
    for (const auto& [id, member] : domain.by_member) {
        if (member.is_known()) domain.is_known = true;
        for (const auto& offer : member.offers)
            if (offer && why_not.empty()) why_not = add_prefixes(profile.prefixes, *offer);
    }
    const std::string* features = features_for(domain, HeaderForm::anonymous);
    if (features == nullptr || !domain.is_known) return;
    domain.why_not = std::move(why_not);
    if (!domain.why_not.empty()) {
        show(domain, nullptr);
        return;
    }
    const std::string* user_features = features_for(domain, HeaderForm::user);
    const bool is_refused = std::all_of(domain.by_member.begin(), domain.by_member.end(),
                                        [](const auto& each) { return each.second.refuses_users; });
    if (user_features == nullptr && !is_refused && domain.shown != nullptr)
        user_features = &domain.shown->user_features;
    profile.features = *features;
    profile.user_features = user_features != nullptr ? *user_features : *features;
    if (domain.shown == nullptr || *domain.shown != profile)
        show(domain, std::make_shared<const FeaturesProfile>(std::move(profile)));
}

void PoolOffers::show(Domain& domain, std::shared_ptr<const FeaturesProfile> profile) {
    if (domain.shown == profile) return;
    domain.shown = std::move(profile);
    ++changes_;
}

}  // namespace proxy

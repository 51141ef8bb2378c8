// Offers are few per domain, mostly equal ones; equal ones are kept once.

#include "proxy/pool_offers.h"

#include <algorithm>
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
    for (auto& [domain, offers] : domains_) {
        std::erase_if(offers.by_member,
                      [&](const auto& member) { return !ids.contains(member.first); });
        settle(offers);
    }
}

void PoolOffers::set_domains(const std::vector<std::string>& domains) {
    std::map<std::string, Offers, std::less<>> kept;
    for (const std::string& domain : domains) kept[domain] = std::move(domains_[domain]);
    domains_ = std::move(kept);
}

void PoolOffers::note(balancer::BackendId member, const std::string& domain, Offer offer) {
    const auto at = domains_.find(domain);
    if (at == domains_.end()) return;
    const bool is_voter = std::any_of(voters_.begin(), voters_.end(),
                                      [&](const Voter& voter) { return voter.id == member; });
    if (!is_voter) return;
    Offers& offers = at->second;
    std::shared_ptr<const Offer> kept;
    for (const auto& [other, theirs] : offers.by_member)
        if (*theirs == offer) kept = theirs;
    if (!kept) kept = std::make_shared<const Offer>(std::move(offer));
    offers.by_member[member] = std::move(kept);
    settle(offers);
}

void PoolOffers::forget(balancer::BackendId member) {
    for (auto& [domain, offers] : domains_)
        if (offers.by_member.erase(member) != 0) settle(offers);
}

std::optional<std::string> PoolOffers::difference_of(balancer::BackendId member) const {
    for (const auto& [domain, offers] : domains_) {
        const Offer* own = find(offers, member);
        const Offer* theirs = reference(offers);
        if (own == nullptr || own->sasl == theirs->sasl) continue;
        return sasl_difference(own->sasl, theirs->sasl) + " (for " + domain + ")";
    }
    return std::nullopt;
}

std::string_view PoolOffers::shown(std::string_view domain) const {
    const auto at = domains_.find(domain);
    return at == domains_.end() ? std::string_view() : std::string_view(at->second.shown);
}

const Offer* PoolOffers::find(const Offers& offers, balancer::BackendId member) const {
    const auto at = offers.by_member.find(member);
    return at == offers.by_member.end() ? nullptr : at->second.get();
}

/// An offer with the reference SASL; null when no member has made any.
const Offer* PoolOffers::reference(const Offers& offers) const {
    for (const bool only_wanted : {true, false}) {
        std::map<std::string_view, std::size_t> votes;
        std::size_t most = 0;
        for (const Voter& voter : voters_) {
            const Offer* own = find(offers, voter.id);
            if (own == nullptr || (only_wanted && !voter.is_wanted)) continue;
            most = std::max(most, ++votes[own->sasl]);
        }
        for (const Voter& voter : voters_) {
            const Offer* own = find(offers, voter.id);
            if (own == nullptr || (only_wanted && !voter.is_wanted)) continue;
            if (votes[own->sasl] == most) return own;
        }
    }
    return nullptr;
}

void PoolOffers::settle(Offers& offers) {
    const Offer* chosen = reference(offers);
    if (chosen == nullptr) return;
    for (const auto& [member, own] : offers.by_member)
        if (own->sasl == chosen->sasl && own->features == offers.shown) return;
    offers.shown = chosen->features;
    ++changes_;
}

}  // namespace proxy

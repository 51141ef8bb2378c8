#include "proxy/offers/pool_offers.h"

#include <gtest/gtest.h>

namespace proxy {
namespace {

constexpr const char* kPoolDomain = "example.org";

/// As xmpp::sasl_offer tells it.
std::string sasl(std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    std::string offer;
    for (const std::string& name : names) offer += (offer.empty() ? "" : ", ") + name;
    return offer;
}

class PoolOffersTest : public testing::Test {
protected:
    static constexpr std::uint32_t a = 0, b = 1, c = 2;

    PoolOffersTest() {
        offers_.set_domains({kPoolDomain});
        want({true, true, true});
    }
    void want(const std::vector<bool>& wanted) {
        std::vector<Voter> voters;
        for (std::uint32_t i = 0; i < wanted.size(); ++i)
            voters.push_back({balancer::BackendId(i), wanted[i]});
        offers_.set_voters(std::move(voters));
    }
    /// Headers that name a user get the same with one mechanism more.
    void note(std::uint32_t member, const std::string& sasl, const std::string& features) {
        note(member,
             {.offer = Offer{features, sasl}, .user_offer = Offer{features + "+", sasl + ", Z"}});
    }
    void note(std::uint32_t member, Finding finding) {
        offers_.note(balancer::BackendId(member), kPoolDomain, std::move(finding));
    }
    void forget(std::uint32_t member) { offers_.forget(balancer::BackendId(member)); }
    bool needs_both(std::uint32_t member, HeaderForm form = HeaderForm::anonymous) const {
        return offers_.needs_both(balancer::BackendId(member), kPoolDomain, form);
    }
    std::optional<std::string> difference(std::uint32_t member) {
        return offers_.difference_of(balancer::BackendId(member));
    }
    bool differs(std::uint32_t member) { return difference(member).has_value(); }
    std::string shown(HeaderForm form = HeaderForm::anonymous) {
        const auto profile = offers_.shown(kPoolDomain);
        return profile == nullptr ? "" : profile->features_for(form);
    }
    std::string shown_to_users() { return shown(HeaderForm::user); }

    PoolOffers offers_;
};

TEST_F(PoolOffersTest, ShowNothingUntilAMemberHasAnswered) {
    EXPECT_EQ(shown(), "");
    EXPECT_FALSE(differs(a));
    note(b, "X", "fb");
    EXPECT_EQ(shown(), "fb");
    EXPECT_EQ(offers_.shown("example.net"), nullptr);
}

TEST_F(PoolOffersTest, ShowNothingUntilBothFormsAreKnown) {
    note(a, {.offer = Offer{"f", "X"}});
    EXPECT_EQ(shown(), "");
    EXPECT_FALSE(offers_.is_known(kPoolDomain));
    note(b, {.user_offer = Offer{"u", "Y"}});
    EXPECT_EQ(shown(), "");
    note(b, {.offer = Offer{"f", "X"}});
    EXPECT_EQ(shown(), "f");
    EXPECT_EQ(shown_to_users(), "u");
    EXPECT_TRUE(offers_.is_known(kPoolDomain));
    EXPECT_FALSE(needs_both(b));
    EXPECT_TRUE(needs_both(a));
}

TEST_F(PoolOffersTest, EachFormIsComparedWithItself) {
    note(a, {.offer = Offer{"f", "X"}, .user_offer = Offer{"u", "X, SASL2 X"}});
    note(b, {.offer = Offer{"f", "X"}});
    EXPECT_FALSE(differs(b)) << "what it offers to users is not known";
    note(b, {.user_offer = Offer{"f", "X"}});
    EXPECT_EQ(difference(b), "lacks SASL2 X (for example.org, to headers that name a user)");
    EXPECT_FALSE(differs(a));
    EXPECT_EQ(shown_to_users(), "u");
}

TEST_F(PoolOffersTest, UsersOfWhoRefusesThemAreShownWhatOthersAre) {
    note(a, {.offer = Offer{"f", "X"}, .refuses_users = true});
    EXPECT_EQ(shown(), "f");
    EXPECT_EQ(shown_to_users(), "f");
    EXPECT_TRUE(offers_.is_known(kPoolDomain));
    EXPECT_FALSE(needs_both(a));
    EXPECT_TRUE(needs_both(a, HeaderForm::user));
    note(b, {.offer = Offer{"f", "X"}, .user_offer = Offer{"u", "X, Y"}});
    EXPECT_EQ(shown_to_users(), "u");
    EXPECT_FALSE(differs(a));
    note(b, {.refuses_users = true});
    EXPECT_EQ(shown_to_users(), "f");
}

TEST_F(PoolOffersTest, WhatUsersWereShownStaysWhileItIsAskedAnew) {
    note(a, "X", "f");
    offers_.forget_user_offer(balancer::BackendId(a), kPoolDomain);
    EXPECT_TRUE(needs_both(a));
    EXPECT_EQ(shown_to_users(), "f+");
    note(a, {.offer = Offer{"f", "X"}, .user_offer = Offer{"new", "X"}});
    EXPECT_EQ(shown_to_users(), "new");
}

TEST_F(PoolOffersTest, PrefixesOfAllMembersAreDeclared) {
    const xmpp::NamespaceBinding ack{"ack", "urn:ack"};
    const xmpp::NamespaceBinding other{"o", "urn:o"};
    note(a, "X", "f");
    note(b, {.offer = Offer{"f", "X", xmpp::NamespaceBindings{ack}},
             .user_offer = Offer{"f+", "X, Z", xmpp::NamespaceBindings{ack}}});
    EXPECT_EQ(offers_.shown(kPoolDomain)->prefixes, xmpp::NamespaceBindings{ack});
    note(c, {.offer = Offer{"f", "X", xmpp::NamespaceBindings{other, ack}}});
    EXPECT_EQ(offers_.shown(kPoolDomain)->prefixes, (xmpp::NamespaceBindings{ack, other}));
    EXPECT_FALSE(differs(b));
    forget(c);
    EXPECT_EQ(offers_.shown(kPoolDomain)->prefixes, xmpp::NamespaceBindings{ack});
}

TEST_F(PoolOffersTest, HeadersThatNoneCanStandForShowNothing) {
    note(a, "X", "f");
    note(b, {.offer = Offer{"f", "X", std::nullopt}});
    EXPECT_EQ(shown(), "");
    EXPECT_NE(offers_.why_not_shown(kPoolDomain), "");
    EXPECT_TRUE(offers_.is_known(kPoolDomain)) << "nothing is missing";
    forget(b);
    EXPECT_EQ(shown(), "f");
    EXPECT_EQ(offers_.why_not_shown(kPoolDomain), "");

    note(b, {.offer = Offer{"f", "X", xmpp::NamespaceBindings{{"p", "urn:1"}}}});
    note(c, {.offer = Offer{"f", "X", xmpp::NamespaceBindings{{"p", "urn:2"}}}});
    EXPECT_EQ(shown(), "");
    EXPECT_NE(offers_.why_not_shown(kPoolDomain).find("prefix p"), std::string::npos);
}

TEST_F(PoolOffersTest, MostMembersDecide) {
    note(a, "X", "fa");
    note(b, "Y", "fb");
    EXPECT_EQ(shown(), "fa");  // as many for each: the earlier one
    EXPECT_TRUE(differs(b));
    note(c, "Y", "fc");
    EXPECT_EQ(shown(), "fb");
    EXPECT_TRUE(differs(a));
    EXPECT_FALSE(differs(b));
}

TEST_F(PoolOffersTest, FeaturesDoNotFlipBetweenMembersThatAgreeInSasl) {
    note(b, "X", "fb");
    note(a, "X", "fa");
    EXPECT_EQ(shown(), "fb");
    note(b, "X", "new");
    EXPECT_EQ(shown(), "fa");
    note(a, "X", "new");
    EXPECT_EQ(shown(), "new");
}

TEST_F(PoolOffersTest, WhoDoesNotAnswerHasNoVote) {
    note(a, "X", "fa");
    note(b, "Y", "fb");
    forget(a);
    EXPECT_FALSE(differs(b));
    EXPECT_EQ(shown(), "fb");
    forget(b);
    EXPECT_EQ(shown(), "fb");  // better the last ones than none
}

TEST_F(PoolOffersTest, ADrainedMemberDecidesOnlyAlone) {
    want({false, true, true});
    note(a, "X", "fa");
    EXPECT_EQ(shown(), "fa");
    EXPECT_FALSE(differs(a));
    note(b, "Y", "fb");
    EXPECT_EQ(shown(), "fb");
    EXPECT_TRUE(differs(a));
    EXPECT_FALSE(differs(b));
}

TEST_F(PoolOffersTest, MembersAndDomainsThatLeaveAreForgotten) {
    note(a, "X", "fa");
    note(b, "Y", "fb");
    offers_.set_voters({{balancer::BackendId(b), true}});
    EXPECT_EQ(shown(), "fb");
    note(a, "X", "fa");
    EXPECT_FALSE(differs(b));
    offers_.set_domains({"example.net"});
    EXPECT_EQ(shown(), "");
    note(b, "Y", "fb");
    EXPECT_EQ(shown(), "");
}

TEST(SaslDifference, NamesTheMechanisms) {
    EXPECT_EQ(sasl_difference(sasl({"PLAIN", "SCRAM-SHA-1"}), sasl({"SCRAM-SHA-1"})),
              "offers PLAIN, which others do not");
    EXPECT_EQ(sasl_difference(sasl({"PLAIN"}), sasl({"SCRAM-SHA-256", "SCRAM-SHA-1"})),
              "offers PLAIN, which others do not; lacks SCRAM-SHA-1, SCRAM-SHA-256");
    EXPECT_EQ(sasl_difference("", sasl({"PLAIN"})), "lacks PLAIN");
}

TEST(SaslDifference, TellsSasl2Apart) {
    EXPECT_EQ(sasl_difference(sasl({"PLAIN"}), sasl({"PLAIN", "SASL2 PLAIN"})),
              "lacks SASL2 PLAIN");
}

TEST(SaslDifference, TellsApartWhatDiffersOnlyAtTheEndOfLongNames) {
    const std::string stem(40, 'A');
    EXPECT_EQ(sasl_difference(stem + "1", stem + "2"), "offers " + stem.substr(0, 32) +
                                                           "..., which others do not; lacks " +
                                                           stem.substr(0, 32) + "...");
}

TEST(SaslDifference, IsBoundedWhateverIsOffered) {
    std::vector<std::string> many;
    for (int i = 0; i < 1000; ++i) many.push_back(std::string(1000, 'A') + std::to_string(i));
    for (int i = 0; i < 1000; ++i) many.push_back(std::to_string(i));
    EXPECT_LT(sasl_difference(sasl(many), sasl({"PLAIN"})).size(), 300U);
    EXPECT_EQ(sasl_difference("X, ", ""), "offers X, which others do not");
}

}  // namespace
}  // namespace proxy

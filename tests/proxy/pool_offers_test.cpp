#include "proxy/pool_offers.h"

#include <gtest/gtest.h>

namespace proxy {
namespace {

constexpr const char* kDomain = "example.org";

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
        offers_.set_domains({kDomain});
        want({true, true, true});
    }
    void want(const std::vector<bool>& wanted) {
        std::vector<Voter> voters;
        for (std::uint32_t i = 0; i < wanted.size(); ++i)
            voters.push_back({balancer::BackendId(i), wanted[i]});
        offers_.set_voters(std::move(voters));
    }
    void note(std::uint32_t member, const std::string& sasl, const std::string& features) {
        offers_.note(balancer::BackendId(member), kDomain, {features, sasl});
    }
    void forget(std::uint32_t member) { offers_.forget(balancer::BackendId(member)); }
    bool differs(std::uint32_t member) {
        return offers_.difference_of(balancer::BackendId(member)).has_value();
    }
    std::string_view shown() { return offers_.shown(kDomain); }

    PoolOffers offers_;
};

TEST_F(PoolOffersTest, ShowNothingUntilAMemberHasAnswered) {
    EXPECT_EQ(shown(), "");
    EXPECT_FALSE(differs(a));
    note(b, "X", "fb");
    EXPECT_EQ(shown(), "fb");
    EXPECT_EQ(offers_.shown("example.net"), "");
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

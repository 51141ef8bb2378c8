#include "backend/rules/plan_builder.h"

#include <gtest/gtest.h>

namespace backend {
namespace {

class PlanBuilderTest : public ::testing::Test {
protected:
    static Sender make_sender() {
        return {{"a@b", SessionId("s")}, *xmpp::Jid::parse("a@b/c"), Route{}};
    }
    Plan made(const Knowledge& known, auto&& rule) {
        PlanBuilder builder(sender, known, context);
        rule(builder);
        return std::move(builder).finish();
    }

    const Sender sender = make_sender();
    const std::vector<std::string> domains{"b"};
    const PlanContext context{.now = {}, .domains = domains, .version = {}};
};

TEST_F(PlanBuilderTest, AsksForAllThatIsMissingAndNothingElse) {
    const auto rule = [](PlanBuilder& plan) {
        plan.user("a@b");
        plan.user_with_roster("a@b");
        plan.user("c@b");
        plan.vcard("d@b");
        plan.reply("<message/>");
    };
    const Plan question = made({}, rule);
    ASSERT_TRUE(question.more);
    EXPECT_TRUE(question.writes.empty());
    ASSERT_EQ(question.more->users.size(), 2u);
    EXPECT_TRUE(question.more->users[0].roster);
    EXPECT_FALSE(question.more->users[1].roster);
    EXPECT_EQ(question.more->vcard_of, "d@b");
    const auto nobody = std::make_shared<UserSnapshot>();
    const Plan plan = made({*question.more, {nobody, nobody}, "card"}, rule);
    EXPECT_FALSE(plan.more);
    EXPECT_EQ(plan.writes.size(), 1u);
}

TEST_F(PlanBuilderTest, ConditionsStandFirstAndOncePerUser) {
    const auto anna = std::make_shared<UserSnapshot>();
    anna->exists = true;
    anna->routes_version = 3;
    anna->roster.version = 5;
    const Knowledge known{
        {{{"a@b", true}, {"nobody@b", true}}, {}}, {anna, std::make_shared<UserSnapshot>()}, {}};
    const Plan plan = made(known, [](PlanBuilder& builder) {
        builder.reply("<message/>");
        builder.rely_on_routes("a@b");
        builder.rely_on_routes("nobody@b");
        EXPECT_EQ(builder.next_roster_version("a@b"), 6u);
        EXPECT_EQ(builder.next_roster_version("a@b"), 7u);
    });
    ASSERT_EQ(plan.writes.size(), 2u);
    const auto* condition = std::get_if<Unchanged>(&plan.writes[0]);
    ASSERT_NE(condition, nullptr);
    EXPECT_EQ(condition->routes_version, 3u);
    EXPECT_EQ(condition->roster_version, 5u);
}

TEST_F(PlanBuilderTest, AnEndLeavesNothingToWrite) {
    const Plan plan = made({}, [](PlanBuilder& builder) {
        builder.reply("<message/>");
        builder.end(xmpp::StreamErrorCondition::invalid_from);
    });
    EXPECT_TRUE(plan.writes.empty());
    EXPECT_EQ(plan.end, xmpp::StreamErrorCondition::invalid_from);
}

}  // namespace
}  // namespace backend

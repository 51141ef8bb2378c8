#include "dns/questions.h"

#include <gtest/gtest.h>

#include <optional>

#include "tests/support/run_loop.h"

namespace {

using namespace std::chrono_literals;

class QuestionsTest : public testing::Test {
protected:
    std::unique_ptr<dns::Questions<int>::Query> ask(std::optional<dns::Known<int>>& into) {
        return questions.ask("a", [&into](const dns::Known<int>& known) { into = known; });
    }
    void turn() {
        for (int i = 0; i < 3; ++i) loop.run_once();
    }

    core::EventLoop loop;
    int performed = 0;
    core::TimePoint now = core::Clock::now();
    dns::Questions<int> questions{loop, [this](const std::string&) { ++performed; },
                                  [this] { return now; }};
    std::optional<dns::Known<int>> first;
    std::optional<dns::Known<int>> second;
};

TEST_F(QuestionsTest, AsksOnceForAllWhoWait) {
    const auto one = ask(first);
    const auto two = ask(second);
    turn();
    EXPECT_EQ(performed, 1);
    EXPECT_FALSE(first.has_value());
    questions.keep("a", 7, 60s);
    ASSERT_TRUE(first.has_value() && second.has_value());
    EXPECT_EQ(first->answer, 7);
    EXPECT_EQ(second->answer, 7);
}

TEST_F(QuestionsTest, AFreshAnswerIsNotAskedForAgain) {
    const auto one = ask(first);
    turn();
    questions.keep("a", 7, 60s);
    const auto two = ask(second);
    EXPECT_FALSE(second.has_value()) << "answers come from the loop only";
    turn();
    ASSERT_TRUE(second.has_value());
    EXPECT_EQ(second->answer, 7);
    EXPECT_EQ(performed, 1);
}

TEST_F(QuestionsTest, AFailureIsToldAndRemembered) {
    const auto one = ask(first);
    turn();
    questions.fail("a", dns::Problem::timeout);
    ASSERT_TRUE(first.has_value());
    EXPECT_FALSE(first->answer.has_value());
    EXPECT_EQ(first->problem, dns::Problem::timeout);
    const auto two = ask(second);
    turn();
    ASSERT_TRUE(second.has_value());
    EXPECT_EQ(performed, 1);
}

TEST_F(QuestionsTest, WhoHasLeftIsNotTold) {
    auto one = ask(first);
    turn();
    one.reset();
    questions.keep("a", 7, 60s);
    EXPECT_FALSE(first.has_value());
}

TEST_F(QuestionsTest, WhoAsksAnewInItsAnswerWaitsForTheLoop) {
    int answers = 0;
    std::vector<std::unique_ptr<dns::Questions<int>::Query>> queries;
    std::function<void(const dns::Known<int>&)> again = [&](const dns::Known<int>&) {
        ++answers;
        if (answers < 3) queries.push_back(questions.ask("a", again));
    };
    queries.push_back(questions.ask("a", again));
    turn();
    questions.keep("a", 7, 60s);
    EXPECT_EQ(answers, 1);
    ASSERT_TRUE(test::run_until(loop, [&] { return answers == 3; }));
}

TEST_F(QuestionsTest, AnOldAnswerIsToldWhenANewOneIsSlow) {
    const auto one = ask(first);
    turn();
    questions.keep("a", 7, 60s);
    now += 60s;
    const auto two = ask(second);
    turn();
    EXPECT_EQ(performed, 2);
    EXPECT_FALSE(second.has_value()) << "told without patience";
    ASSERT_TRUE(test::run_until(loop, [&] { return second.has_value(); }));
    EXPECT_EQ(second->answer, 7);
    EXPECT_TRUE(second->is_stale());

    // From now on nobody waits for the answer that does not come.
    std::optional<dns::Known<int>> third;
    const auto three = ask(third);
    turn();
    ASSERT_TRUE(third.has_value());
    EXPECT_EQ(performed, 2);
    questions.keep("a", 8, 60s);
    const auto four = ask(third);
    turn();
    EXPECT_EQ(third->answer, 8);
    EXPECT_FALSE(third->is_stale());
}

}  // namespace

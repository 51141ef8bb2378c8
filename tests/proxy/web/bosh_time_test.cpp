// Aim: what time does to a BOSH session: polls that come too fast, silence, pauses. Named as in
// bosh_machine_test.cpp.

#include <gtest/gtest.h>

#include "proxy/web/bosh_machine.h"
#include "tests/proxy/web/bosh_scene.h"

namespace proxy::scene {
namespace {

using xmpp::BoshCondition;

TEST(Bosh, N10_OveractivityIsPollingTooFast) {
    BoshScene scene;
    scene.log_in("hold='0'");
    scene.ask(2, 101);
    scene.ask(3, 102);  // brought the features, so another may follow at once
    EXPECT_FALSE(scene.over);
    scene.pass(4.5);
    scene.ask(4, 103);
    EXPECT_FALSE(scene.over) << "a second is the network's";
    scene.pass(1);
    scene.ask(5, 103);  // a repeat
    scene.ask(6, 104, "", kMessage);
    scene.ask(7, 105, "xmpp:restart='true'");
    EXPECT_FALSE(scene.over);
    scene.ask(8, 106);
    scene.ask(9, 107, "pause='10'");
    EXPECT_FALSE(scene.over);
    scene.pass(1);
    scene.ask(10, 108);
    EXPECT_FALSE(scene.over) << "not two polls in a row";
    scene.pass(1);
    scene.ask(11, 109);
    EXPECT_EQ(scene.said(11), terminate_for("policy-violation"));
    EXPECT_EQ(scene.status(11), 403) << "it wrote no ver";
    EXPECT_TRUE(scene.is_refused(BoshCondition::policy_violation));
}

TEST(Bosh, N10_NobodyIsOveractiveWhereRequestsAreHeld) {
    BoshScene scene;
    scene.log_in();
    for (int i = 2; i < 100; ++i) scene.ask(i, 99 + static_cast<std::uint64_t>(i));
    EXPECT_FALSE(scene.over);
    // One more than `requests`, to pause or to terminate.
    scene.ask(101, 200, "", "");
    scene.ask(102, 201, "type='terminate'", kMessage);
    EXPECT_FALSE(scene.over);
    scene.ask(103, 199);
    ASSERT_TRUE(scene.over);
    EXPECT_EQ(scene.over->end, BoshEnd::client_ended);
}

TEST(Bosh, N11_InactivityRunsWhileNothingIsHeld) {
    BoshScene scene;
    scene.log_in("wait='59' hold='1' ver='1.6'");
    scene.ask(2, 101);
    scene.pass(47);
    EXPECT_EQ(scene.said(2), "") << "not before four fifths of it";
    scene.pass(12.1);
    EXPECT_EQ(scene.said(2), kEmptyBody);
    scene.pass(59);
    EXPECT_FALSE(scene.over);
    scene.machine.answer_sent(scene.now);  // to a slow reader
    scene.pass(78.9);
    EXPECT_FALSE(scene.over);
    scene.pass(0.2);
    ASSERT_TRUE(scene.over);
    EXPECT_EQ(scene.over->end, BoshEnd::inactive);
}

TEST(Bosh, N11_RequestsThatCameTogetherAreNotAnsweredTogether) {
    std::set<double> times;
    for (std::uint64_t rid = 0; rid < 20; ++rid) {
        BoshScene scene;
        scene.log_in("wait='60' hold='1' ver='1.6'");
        for (std::uint64_t i = 0; i <= rid; ++i) scene.ask(2 + static_cast<int>(i), 101 + i);
        const auto due = scene.machine.next_deadline();
        ASSERT_TRUE(due);
        times.insert(std::chrono::duration<double>(*due - scene.now).count());
    }
    EXPECT_GE(*times.begin(), 48);
    EXPECT_LE(*times.rbegin(), 60);
    EXPECT_GT(*times.rbegin() - *times.begin(), 6);
    EXPECT_GT(times.size(), 18U);
}

TEST(Bosh, N11_ALostConnectionIsNoHeldRequest) {
    BoshScene scene;
    scene.log_in();
    scene.ask(2, 101);
    scene.pass(30);
    scene.lose(2);
    scene.pass(80.9);
    EXPECT_FALSE(scene.over);
    scene.pass(0.2);
    ASSERT_TRUE(scene.over);
    EXPECT_EQ(scene.over->end, BoshEnd::inactive);
}

TEST(Bosh, N12_APauseIsClamped) {
    BoshScene scene;
    scene.log_in();
    scene.ask(2, 101);
    scene.lose(2);
    scene.send(kMessage);
    scene.ask(3, 102, "pause='1000'");
    EXPECT_EQ(scene.said(3), kEmptyBody) << "carries no stanzas";
    scene.pass(119);
    EXPECT_FALSE(scene.over);
    scene.ask(4, 103);
    EXPECT_EQ(scene.said(4), body_with(kMessage));
    scene.pass(80.9);
    EXPECT_FALSE(scene.over);
    scene.pass(0.2);  // the pause was for one time
    EXPECT_TRUE(scene.over);
}

TEST(Bosh, N12_APauseReleasesWhatIsHeld) {
    BoshScene scene;
    scene.log_in();
    scene.ask(2, 101);
    scene.ask(3, 102, "pause='10'", kMessage);
    EXPECT_EQ(scene.said(2), kEmptyBody);
    EXPECT_EQ(scene.said(3), kEmptyBody);
    EXPECT_EQ(scene.stream, kMessage);
    scene.pass(9.9);
    EXPECT_FALSE(scene.over);
    scene.pass(0.2);
    EXPECT_TRUE(scene.over);
}

}  // namespace
}  // namespace proxy::scene

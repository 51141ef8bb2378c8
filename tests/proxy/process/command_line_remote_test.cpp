// Aim: the other verbs ask the running process, each in one way, and only what can be right.

#include "proxy/process/command_line.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/proxy/process/command_line_scene.h"

namespace proxy {
namespace {

TEST_F(CommandLine, RemoteVerbsAskTheRunningProcess) {
    const Answer answer = call({"status"});
    EXPECT_EQ(answer.code, 0);
    EXPECT_EQ(answer.out, "done\n");
    ASSERT_EQ(asked_.size(), 1U);
    EXPECT_EQ(asked_[0].socket, "/run/stanzagate/admin.sock");
    EXPECT_EQ(asked_[0].words, Words{"status"});
    EXPECT_EQ(asked_[0].patience, std::chrono::seconds(10));
    call({"reload"});
    EXPECT_EQ(asked_[1].patience, std::chrono::seconds(60));
}

TEST_F(CommandLine, SocketIsThatOfTheOptionThenOfTheEnvironment) {
    ::setenv("STANZAGATE_SOCKET", "/tmp/environment.sock", 1);
    call({"status"});
    call({"status", "--socket", "/tmp/option.sock"});
    ::setenv("STANZAGATE_SOCKET", "", 1);
    call({"status"});
    ::unsetenv("STANZAGATE_SOCKET");
    ASSERT_EQ(asked_.size(), 3U);
    EXPECT_EQ(asked_[0].socket, "/tmp/environment.sock");
    EXPECT_EQ(asked_[1].socket, "/tmp/option.sock");
    EXPECT_EQ(asked_[1].words, Words{"status"});
    EXPECT_EQ(asked_[2].socket, "/run/stanzagate/admin.sock");
}

TEST_F(CommandLine, OptionsStandBeforeOrBehindArguments) {
    call({"maintenance", "--over", "5m", "main/a", "--json"});
    call({"maintenance", "main/a", "--json", "--over=5m"});
    const Words words{"maintenance", "--json", "--over", "5m", "--", "main/a"};
    ASSERT_EQ(asked_.size(), 2U);
    EXPECT_EQ(asked_[0].words, words);
    EXPECT_EQ(asked_[1].words, words);
    call({"kick", "--", "--jid"});
    EXPECT_EQ(asked_.at(2).words, (Words{"kick", "--", "--jid"}));
}

TEST_F(CommandLine, CallsThatCannotBeRightAreNotSent) {
    const auto problem = [this](const Words& words) {
        const Answer answer = call(words);
        EXPECT_EQ(answer.code, 2);
        EXPECT_EQ(answer.out, "");
        return answer.err.substr(0, answer.err.find('\n'));
    };
    EXPECT_EQ(problem({"weight", "main/a"}), "stanzagate: weight needs POOL/BACKEND N");
    EXPECT_EQ(problem({"weight", "main", "5"}),
              "stanzagate: \"main\" is no POOL/BACKEND (\"stanzagate status\" shows them)");
    EXPECT_EQ(problem({"weight", "main/a", "-5"}), "stanzagate: weight takes no option \"-5\"");
    EXPECT_EQ(problem({"weight", "main/a", "5%"}),
              "stanzagate: a weight is a whole number from 0 to 65535, not \"5%\"");
    EXPECT_EQ(problem({"maintenance", "main/a", "--over", "5"}),
              "stanzagate: --over takes a time from 1s to 1d, not \"5\" (such as 30s, 5m, 2h)");
    EXPECT_EQ(problem({"maintenance", "main/a", "--over"}), "stanzagate: --over needs TIME");
    EXPECT_EQ(problem({"maintenance", "main/a", "--ovr", "5m"}),
              "stanzagate: maintenance takes no option \"--ovr\" (did you mean \"--over\"?)");
    EXPECT_EQ(problem({"sessions", "--limit", "1", "--limit=2"}),
              "stanzagate: --limit is given twice");
    EXPECT_EQ(problem({"status", "--json=yes"}), "stanzagate: --json takes no value");
    EXPECT_EQ(problem({"kick"}),
              "stanzagate: kick needs ID or --jid JID (\"stanzagate sessions\" shows them)");
    EXPECT_EQ(problem({"kick", ""}), "stanzagate: kick needs ID or --jid JID");
    EXPECT_EQ(problem({"kick", "w0-1", "--jid", "a@b"}),
              "stanzagate: kick needs ID or --jid JID (not both)");
    EXPECT_EQ(problem({"kick", "--jid", "example.org"}),
              "stanzagate: \"example.org\" names no user (user@domain)");
    EXPECT_EQ(
        problem({"kick", "--jid", "Romeo@example.org/phone"}),
        "stanzagate: sessions are not known by resource, so \"Romeo@example.org/phone\" would "
        "be all of romeo@example.org (write that, or the ID of one)");
    EXPECT_EQ(problem({"sessions", "--limit", "0"}),
              "stanzagate: --limit takes a number from 1 to 10000, not \"0\"");
    EXPECT_EQ(problem({"backends", "ma\nin"}), "stanzagate: a word holds control characters");
    EXPECT_TRUE(asked_.empty());
}

TEST_F(CommandLine, RefusalsGoToStandardErrorAndGiveTheirCode) {
    answer_ = AdminReply{1, "stanzagate: there is no pool \"x\"\n"};
    const Answer answer = call({"drain", "x/a"});
    EXPECT_EQ(answer.code, 1);
    EXPECT_EQ(answer.out, "");
    EXPECT_EQ(answer.err, "stanzagate: there is no pool \"x\"\n");
    answer_ = AdminReply{1, "{\"error\":\"there is no pool\"}\n"};
    EXPECT_EQ(call({"drain", "x/a", "--json"}).out, "{\"error\":\"there is no pool\"}\n");
}

TEST_F(CommandLine, DrainWaitsUntilNoSessionIsLeft) {
    columns_ = 80;
    answer_ = AdminReply{0, "drained\nundo: ready\n"};
    later_ = {AdminReply{0, "{\"matching\":2,\"sessions\":[]}\n"},
              AdminReply{0, "{\"matching\":0,\"sessions\":[]}\n"}};
    const Answer answer = call({"drain", "main/a", "--wait", "1h"});
    EXPECT_EQ(answer.code, 0);
    EXPECT_EQ(answer.out, "main/a: no session is left after 0s\n");
    EXPECT_EQ(answer.err,
              "drained\nundo: ready\n"
              "\r\x1b[Kdraining main/a: 2 sessions left\r\x1b[K");
    ASSERT_EQ(asked_.size(), 3U);
    EXPECT_EQ(asked_[0].words, (Words{"drain", "--", "main/a"}));
    EXPECT_EQ(asked_[2].words,
              (Words{"sessions", "--backend", "main/a", "--limit", "1", "--json"}));
    EXPECT_EQ(paused_, std::vector{std::chrono::milliseconds(500)});
}

TEST_F(CommandLine, MaintenanceThatWaitsForTooLongEndsWithOne) {
    answer_ = AdminReply{0, "{\"pool\":\"main\"}\n"};
    later_ = {AdminReply{0, "{\"matching\":3}\n"}};
    const Answer answer = call({"maintenance", "main/a", "--wait", "100ms", "--json"});
    EXPECT_EQ(answer.code, 1);
    EXPECT_TRUE(answer.out.starts_with(R"({"pool":"main","sessions_left":3,"waited_ms":1)"))
        << answer.out;
    EXPECT_EQ(answer.err, "");

    answer_ = AdminReply{0, "sent away\n"};
    later_ = {AdminReply{0, "{\"matching\":3}\n"}};
    EXPECT_EQ(
        call({"maintenance", "main/a", "--wait", "100ms"}).err,
        "sent away\nstanzagate: 3 sessions left at main/a after 0s; it takes no new ones until "
        "`ready`\n");
}

TEST_F(CommandLine, WaitNeedsAProcessThatAnswers) {
    answer_ = AdminReply{0, "drained\n"};
    later_ = {core::fail(std::string("nobody listens"))};
    const Answer lost = call({"drain", "main/a", "--wait=1h"});
    EXPECT_EQ(lost.code, 3);
    EXPECT_EQ(lost.err, "drained\nstanzagate: nobody listens\n");
    later_.clear();
    answer_ = AdminReply{1, "stanzagate: there is no pool\n"};
    EXPECT_EQ(call({"drain", "x/a", "--wait", "1h"}).code, 1);
    asked_.clear();
    const Answer wrong = call({"drain", "main/a", "--wait", "soon"});
    EXPECT_EQ(wrong.code, 2);
    EXPECT_TRUE(wrong.err.starts_with("stanzagate: --wait takes a time from 100ms to 7d, not"))
        << wrong.err;
    EXPECT_TRUE(asked_.empty());
}

TEST_F(CommandLine, UsageErrorsSpeakJsonWhereItIsAskedFor) {
    const auto error = [this](const Words& words) {
        const Answer answer = call(words);
        EXPECT_EQ(answer.code, 2);
        EXPECT_EQ(answer.err, "");
        return answer.out;
    };
    EXPECT_EQ(error({"weight", "main/a", "--json"}),
              "{\"error\":\"weight needs POOL/BACKEND N\"}\n");
    EXPECT_EQ(error({"weight", "--json", "main/a", "5%"}),
              "{\"error\":\"a weight is a whole number from 0 to 65535, not \\\"5%\\\"\"}\n");
    EXPECT_EQ(error({"statsu", "--json"}),
              "{\"error\":\"unknown command \\\"statsu\\\" (did you "
              "mean \\\"status\\\"?)\"}\n");
    EXPECT_EQ(error({"status", "--json", "--josn"}),
              "{\"error\":\"status takes no option \\\"--josn\\\" (did you mean "
              "\\\"--json\\\"?)\"}\n");
    EXPECT_EQ(error({"check", "--json"}), "{\"error\":\"check needs FILE\"}\n");
    EXPECT_EQ(error({"backends", "--json", "ma\nin"}),
              "{\"error\":\"a word holds control characters\"}\n");
    EXPECT_NE(call({"kick", "--", "--json", "b"}).err, "");  // a word like any other
    EXPECT_TRUE(asked_.empty());
}

TEST_F(CommandLine, RefusalsBeforeTheWordsWereReadBecomeJson) {
    answer_ = AdminReply{1, "stanzagate: too many commands at once; try again\n"};
    const Answer answer = call({"status", "--json"});
    EXPECT_EQ(answer.code, 1);
    EXPECT_EQ(answer.out, "{\"error\":\"too many commands at once; try again\"}\n");
    EXPECT_EQ(answer.err, "");
}

TEST_F(CommandLine, UnreachableProcessIsThree) {
    answer_ = core::fail(std::string("cannot reach stanzagate at /x: no such file"));
    const Answer answer = call({"status"});
    EXPECT_EQ(answer.code, 3);
    EXPECT_EQ(answer.err, "stanzagate: cannot reach stanzagate at /x: no such file\n");
    EXPECT_EQ(call({"status", "--json"}).out,
              "{\"error\":\"cannot reach stanzagate at /x: no such file\"}\n");
}

}  // namespace
}  // namespace proxy

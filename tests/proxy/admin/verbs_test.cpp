// Aim: each command does what it says to the running process, once; says what it did and how to
// undo it; and a wrong word changes nothing and names what was meant.

#include "proxy/admin/verbs.h"

#include <gtest/gtest.h>

#include "proxy/session/pseudonym.h"
#include "tests/proxy/admin/fake_admin_target.h"

namespace proxy {
namespace {

using Words = std::vector<std::string>;
using balancer::AdminState;

class AdminVerbs : public ::testing::Test {
protected:
    AdminOutcome perform(const Words& words) {
        std::vector<AdminOutcome> outcomes;
        perform_admin_verb(target_, words,
                           [&](AdminOutcome outcome) { outcomes.push_back(std::move(outcome)); });
        EXPECT_EQ(outcomes.size(), 1U);
        return outcomes.empty() ? AdminOutcome{} : outcomes.front();
    }
    /// The answer of a command that must have been done.
    std::string done(const Words& words) {
        const AdminOutcome outcome = perform(words);
        EXPECT_EQ(outcome.reply.code, 0) << outcome.reply.text;
        return outcome.reply.text;
    }
    std::string refused(const Words& words, int code = 1) {
        const AdminOutcome outcome = perform(words);
        EXPECT_EQ(outcome.reply.code, code);
        EXPECT_FALSE(outcome.change);
        return outcome.reply.text;
    }

    FakeAdminTarget target_;
};

TEST_F(AdminVerbs, WeightSaysBeforeAndAfter) {
    const AdminOutcome outcome = perform({"weight", "main/10.0.0.12:5222", "50"});
    EXPECT_EQ(outcome.reply.text,
              "main/10.0.0.12:5222: weight 100 -> 50; 12 sessions there\n"
              "the file says 100: this counts until that changes; a restart forgets it (see\n"
              "[admin] state)\n"
              "undo: stanzagate weight main/10.0.0.12:5222 100\n");
    ASSERT_TRUE(outcome.change);
    EXPECT_EQ(outcome.change->verb, "weight");
    EXPECT_EQ(outcome.change->target, "main/10.0.0.12:5222 weight=50");
    EXPECT_EQ(target_.asked_, Words{"weight main/10.0.0.12:5222 50"});
}

TEST_F(AdminVerbs, UpgradeTellsWhoHasTakenOver) {
    const AdminOutcome outcome = perform({"upgrade"});
    EXPECT_EQ(outcome.reply.text,
              "process 4711 of version 0.2.0 has taken over; 12 sessions stay at the old one,\n"
              "of these those that can resume move within 0s\n");
    ASSERT_TRUE(outcome.change);
    EXPECT_EQ(outcome.change->target, "pid=4711");
    EXPECT_EQ(done({"upgrade", "--json"}),
              R"({"pid":4711,"version":"0.2.0","sessions":12,"over_ms":0})"
              "\n");
    target_.upgraded_ = core::fail(std::string("it has ended"));
    EXPECT_EQ(refused({"upgrade"}), "stanzagate: not upgraded: it has ended\n");
}

TEST_F(AdminVerbs, DriftAndCertsShowWhatTheProcessTells) {
    target_.drift_.file = "/etc/stanzagate.toml";
    EXPECT_EQ(done({"drift"}), "no drift: what runs is what /etc/stanzagate.toml says\n");
    EXPECT_EQ(done({"certs"}), "no certificates\n");
    EXPECT_TRUE(done({"drift", "--json"}).starts_with(R"({"file":"/etc/stanzagate.toml")"));
    EXPECT_TRUE(done({"certs", "--json"}).starts_with(R"({"certificates":[])"));
    EXPECT_TRUE(done({"drift", "--state"}).starts_with("# stanzagate live state"));
    EXPECT_NE(refused({"drift", "--state", "--json"}, 2).find("--state has a format of its own"),
              std::string::npos);
}

TEST_F(AdminVerbs, ExplainTakesAUserAndAnAddress) {
    target_.explanation_.rule = target_.explanation_.domain = "example.org";
    const std::string text = done({"explain", "Juliet@Example.org/phone", "--from", "192.0.2.7"});
    EXPECT_TRUE(text.starts_with("juliet@example.org\ndomain    example.org\n")) << text;
    EXPECT_NE(text.find("goes to 192.0.2.7:0"), std::string::npos) << text;
    EXPECT_EQ(refused({"explain", "example.org"}, 2),
              "stanzagate: \"example.org\" names no user (user@domain)\n");
    EXPECT_EQ(refused({"explain", "juliet@example.org", "--from", "here"}, 2),
              "stanzagate: --from takes an IP address, not \"here\"\n");
}

TEST_F(AdminVerbs, WeightOfNoneSaysWhatItMeans) {
    target_.before_.sessions = 1;
    EXPECT_EQ(done({"weight", "main/a", "0"}),
              "main/a: weight 100 -> 0; takes no new sessions, 1 session stays\n"
              "the file says 100: this counts until that changes; a restart forgets it (see\n"
              "[admin] state)\n"
              "undo: stanzagate weight main/a 100\n");
}

TEST_F(AdminVerbs, WeightThatChangesNothingSaysSo) {
    EXPECT_EQ(done({"weight", "main/a", "100"}),
              "main/a: weight 100, as before; 12 sessions there\n");
    target_.before_.admin = AdminState::drain;
    EXPECT_EQ(done({"weight", "main/a", "7"}),
              "main/a: weight 100 -> 7; takes no new sessions, since it is in drain, 12\n"
              "sessions there\n"
              "the file says 100: this counts until that changes; a restart forgets it (see\n"
              "[admin] state)\n"
              "undo: stanzagate weight main/a 100\n");
}

TEST_F(AdminVerbs, StatesSayWhatHappensToSessions) {
    EXPECT_EQ(done({"drain", "main/a"}),
              "main/a: ready -> drain; takes no new sessions; draining, 12 left\n"
              "this counts until `ready`; a restart forgets it (see [admin] state)\n"
              "undo: stanzagate ready main/a\n");
    EXPECT_EQ(done({"maintenance", "main/a"}),
              "main/a: ready -> maintenance; takes no new sessions, 12 sessions are sent away\n"
              "over 1m: they get system-shutdown and log in anew, for without resume_anywhere\n"
              "none could be resumed elsewhere\n"
              "this counts until `ready`; a restart forgets it (see [admin] state)\n"
              "undo: stanzagate ready main/a\n");
    target_.before_.resume_anywhere = true;
    target_.before_.admin = AdminState::maintenance;
    EXPECT_EQ(done({"ready", "main/a"}),
              "main/a: maintenance -> ready; takes new sessions, 12 sessions there\n"
              "undo: stanzagate maintenance main/a\n");
    EXPECT_EQ(done({"maintenance", "main/a", "--over", "5m"}),
              "main/a: maintenance, as before; takes no new sessions, 12 sessions are sent away\n"
              "over 5m: those that can resume are cut and go on at another backend, others get\n"
              "system-shutdown\n"
              "this counts until `ready`; a restart forgets it (see [admin] state)\n");
    EXPECT_EQ(target_.asked_, (Words{"drain main/a 0", "maintenance main/a 60000", "ready main/a 0",
                                     "maintenance main/a 300000"}));
}

TEST_F(AdminVerbs, DrainOfABackendWithoutSessionsIsDone) {
    target_.before_.sessions = 0;
    EXPECT_EQ(done({"drain", "main/a"}),
              "main/a: ready -> drain; takes no new sessions; drained\n"
              "this counts until `ready`; a restart forgets it (see [admin] state)\n"
              "undo: stanzagate ready main/a\n");
}

TEST_F(AdminVerbs, WarnsOfAPoolWithoutAHealthyBackend) {
    target_.before_.warning = "pool main has no healthy backend left: new logins fail";
    const std::string warning = "warning: pool main has no healthy backend left: new logins fail\n";
    EXPECT_NE(done({"drain", "main/a"}).find("\n" + warning + "undo: "), std::string::npos);
    EXPECT_NE(done({"weight", "main/a", "0"}).find("\n" + warning + "undo: "), std::string::npos);
    EXPECT_NE(done({"drain", "main/a", "--json"})
                  .find(R"("warning":"pool main has no healthy backend left: new logins fail")"),
              std::string::npos);
}

TEST_F(AdminVerbs, ChangesSayWhatARestartMakesOfThem) {
    EXPECT_NE(done({"weight", "main/a", "50", "--json"}).find(R"("survives_restart":false)"),
              std::string::npos);
    target_.keeping_.file = "/var/lib/stanzagate/state";
    EXPECT_NE(done({"weight", "main/a", "50"})
                  .find("this counts until that changes; kept over restarts in\n"
                        "/var/lib/stanzagate/state\n"),
              std::string::npos);
    EXPECT_NE(done({"drain", "main/a", "--json"}).find(R"("survives_restart":true)"),
              std::string::npos);
    target_.keeping_.problem = "cannot be written: No space left on device";
    EXPECT_EQ(done({"drain", "main/a"}),
              "main/a: ready -> drain; takes no new sessions; draining, 12 left\n"
              "this counts until `ready`; a restart forgets it: /var/lib/stanzagate/state\n"
              "cannot be written: No space left on device\n"
              "undo: stanzagate ready main/a\n");
    EXPECT_NE(done({"drain", "main/a", "--json"}).find(R"("survives_restart":false)"),
              std::string::npos);
}

TEST_F(AdminVerbs, ReloadSaysWhatIsSetLiveAndCounts) {
    target_.reload_.live = {{"main", "a", AdminState::ready, 77, 30}};
    EXPECT_EQ(done({"reload"}),
              "reloaded /etc/stanzagate/stanzagate.toml: nothing changed\n"
              "set live; it counts, a weight until the file's own changes:\n"
              "  main/a runs with weight 77, the file says 30\n");
    EXPECT_NE(done({"reload", "--json"})
                  .find(R"("live":["main/a runs with weight 77, the file says 30"])"),
              std::string::npos);
}

TEST_F(AdminVerbs, ReadyWithoutWeightSaysThatItIsNotEnough) {
    target_.before_ = {0, AdminState::drain, 0, balancer::BackendId{1}, {}};
    EXPECT_EQ(done({"ready", "main/a"}),
              "main/a: drain -> ready; takes no new sessions, since its weight is 0, 0 sessions\n"
              "there\n"
              "undo: stanzagate drain main/a\n");
}

TEST_F(AdminVerbs, UndoIsQuotedForTheShell) {
    EXPECT_NE(done({"weight", "main/[::1]:5222", "5"})
                  .find("undo: stanzagate weight 'main/[::1]:5222' 100\n"),
              std::string::npos);
    EXPECT_NE(done({"drain", "main/it's"}).find(R"(undo: stanzagate ready 'main/it'\''s')"),
              std::string::npos);
}

TEST_F(AdminVerbs, ChangesInJsonSayTheSame) {
    EXPECT_EQ(done({"weight", "--json", "main/a", "0"}),
              R"({"pool":"main","backend":"a","weight_before":100,"weight":0,)"
              R"("file_weight":100,"survives_restart":false,"sessions":12,)"
              R"("warning":null,"undo":"stanzagate weight main/a 100"})"
              "\n");
    EXPECT_EQ(
        done({"maintenance", "main/a", "--json", "--over", "30s"}),
        R"({"pool":"main","backend":"a","admin_state_before":"ready",)"
        R"("admin_state":"maintenance","over_ms":30000,"survives_restart":false,"sessions":12,)"
        R"("resume_anywhere":false,"warning":null,"undo":"stanzagate ready main/a"})"
        "\n");
    EXPECT_NE(done({"ready", "main/a", "--json"})
                  .find(R"("over_ms":null,"survives_restart":false,"sessions":12,)"
                        R"("resume_anywhere":false,"warning":null,)"),
              std::string::npos);
}

TEST_F(AdminVerbs, UnknownMembersAreErrorsWithNearNames) {
    EXPECT_EQ(refused({"weight", "mian/a", "1"}),
              "stanzagate: there is no pool \"mian\" (did you mean \"main\"?)\n");
    EXPECT_EQ(refused({"drain", "mian/a", "--json"}),
              "{\"error\":\"there is no pool \\\"mian\\\" (did you mean \\\"main\\\"?)\"}\n");
    EXPECT_EQ(refused({"backends", "mian"}),
              "stanzagate: there is no pool \"mian\" (did you mean \"main\"?)\n");
    EXPECT_EQ(refused({"sessions", "--backend", "main/10.0.0.12:522"}),
              "stanzagate: pool \"main\" has no backend \"10.0.0.12:522\" (did you mean "
              "\"10.0.0.12:5222\"?)\n");
    EXPECT_EQ(refused({"sessions", "--backend", "xyz/a"}),
              "stanzagate: there is no pool \"xyz\"\n");
}

TEST_F(AdminVerbs, WrongWordsAreUsageErrorsAndChangeNothing) {
    EXPECT_EQ(refused({"wieght", "main/a", "1"}, 2),
              "stanzagate: unknown command \"wieght\" (did you mean \"weight\"?)\n");
    EXPECT_EQ(refused({"weight", "main/a", "99999999999999999999"}, 2),
              "stanzagate: a weight is a whole number from 0 to 65535, not "
              "\"99999999999999999999\"\n");
    EXPECT_EQ(refused({"weight", "/a", "1"}, 2).find("stanzagate: \"/a\" is no POOL/BACKEND"), 0U);
    EXPECT_EQ(refused({"run", "file"}, 2),
              "stanzagate: run is no command for the running process\n");
    EXPECT_EQ(refused({"drain", "--help"}, 2),
              "stanzagate: drain is no command for the running process\n");
    EXPECT_EQ(refused({"kick", "--jid", "@x", "--json"}, 2).find(R"({"error":)"), 0U);
    EXPECT_TRUE(target_.asked_.empty());
}

TEST_F(AdminVerbs, SessionsAreFoundByPreparedBareJidAndMember) {
    EXPECT_EQ(done({"sessions", "--jid", "Juliet@Example.ORG/balcony", "--backend",
                    "main/10.0.0.12:5222", "--limit", "7"}),
              "no sessions of juliet@example.org on main/10.0.0.12:5222\nin the log: user=" +
                  pseudonym("juliet@example.org") + "\n");
    EXPECT_EQ(done({"sessions"}), "no sessions\n");
    EXPECT_EQ(target_.asked_,
              (Words{"find juliet@example.org main/10.0.0.12:5222 7", "find  / 50"}));
}

TEST_F(AdminVerbs, SessionsOfARemovedBackendAreShown) {
    target_.sessions_.resize(1);
    target_.matching_ = 1;
    EXPECT_NE(done({"sessions", "--backend", "main/gone"}).find("\n1 session\n"),
              std::string::npos);
}

TEST_F(AdminVerbs, KickSaysHowManyAndThatThisIsFinal) {
    target_.matching_ = 1;
    const AdminOutcome one = perform({"kick", "w0-12"});
    EXPECT_EQ(one.reply.text,
              "ended session w0-12; this cannot be undone, its client may come back\n");
    EXPECT_EQ(one.change.value().target, "w0-12");
    target_.matching_ = 3;
    const AdminOutcome user = perform({"kick", "--jid", "Romeo@example.org"});
    EXPECT_EQ(user.reply.text,
              "ended 3 sessions of romeo@example.org; this cannot be undone, its client may\n"
              "come back\n");
    EXPECT_EQ(user.change.value().target, "one user's 3 sessions");
    EXPECT_EQ(done({"kick", "w0-12", "--json"}), "{\"ended\":3}\n");
    target_.matching_ = 0;
    EXPECT_EQ(refused({"kick", "w0-99"}), "stanzagate: there is no session \"w0-99\"\n");
    EXPECT_EQ(refused({"kick", "--jid", "a@b"}), "stanzagate: no session of \"a@b\"\n");
}

TEST_F(AdminVerbs, ReloadSaysWhatChangedAndWhatWaits) {
    EXPECT_EQ(done({"reload"}), "reloaded /etc/stanzagate/stanzagate.toml: nothing changed\n");
    target_.reload_.changes = {"pool.main.backend \"a\": weight 100 -> 50"};
    target_.reload_.needs_restart = {"[worker] threads: 2 -> 4"};
    target_.reload_.problems = {"stanzagate.toml:3:1: warning: no certificate"};
    const AdminOutcome outcome = perform({"reload"});
    EXPECT_EQ(outcome.reply.text,
              "reloaded /etc/stanzagate/stanzagate.toml\n"
              "changed:\n  pool.main.backend \"a\": weight 100 -> 50\n"
              "not until a restart:\n  [worker] threads: 2 -> 4\n"
              "stanzagate.toml:3:1: warning: no certificate\n");
    EXPECT_EQ(outcome.change.value().verb, "reload");
}

TEST_F(AdminVerbs, ReloadThatIsRefusedFails) {
    // Longer than a terminal's line: its path can be copied only if nothing breaks it.
    const std::string place = "/etc/" + std::string(80, 'x') + "/stanzagate.toml:3:1: ";
    target_.reload_ = {false, {}, {}, {place + "error: unknown key \"x\"\n 3 | x"}};
    EXPECT_EQ(refused({"reload"}),
              place +
                  "error: unknown key \"x\"\n 3 | x\n"
                  "stanzagate: reload refused, still running the old configuration\n");
    EXPECT_EQ(refused({"reload", "--json"}),
              R"({"is_applied":false,"changes":[],"needs_restart":[],)"
              R"("problems":[")" +
                  place + R"(error: unknown key \"x\"\n 3 | x"],)" +
                  R"("live":[],"certificates":[],"earlier":[]})" + "\n");
}

TEST_F(AdminVerbs, ReloadWithNothingNewSaysWhatWasAppliedWhen) {
    const auto ago = [](int seconds) {
        return std::chrono::system_clock::now() - std::chrono::seconds(seconds);
    };
    target_.reload_.earlier = {
        {ago(3), ReloadCause::saved, {"pool.main.backend \"a\": weight 100 -> 50"}, {}},
        {ago(2), ReloadCause::signal, {}, "stanzagate.toml:3:1: error: unknown key \"x\""}};
    EXPECT_EQ(done({"reload"}),
              "reloaded /etc/stanzagate/stanzagate.toml: nothing new\n"
              "applied 3s ago, when a file was saved:\n"
              "  pool.main.backend \"a\": weight 100 -> 50\n"
              "refused 2s ago, on SIGHUP: stanzagate.toml:3:1: error: unknown key \"x\"\n");
    const std::string json = done({"reload", "--json"});
    EXPECT_NE(json.find(R"("seconds_ago":3,"cause":"saved","changes":["pool.main.backend )"),
              std::string::npos)
        << json;
    EXPECT_NE(json.find(R"("seconds_ago":2,"cause":"signal","changes":[],"refusal":"stanza)"),
              std::string::npos)
        << json;
}

TEST_F(AdminVerbs, ReloadNamesCertificatesAndWarnsOfThoseThatAreMissed) {
    using core::CertificateChange;
    target_.reload_.certificates = certificate_news(
        {{CertificateChange::Kind::renewed, "a.example", 1'803'859'200},
         {CertificateChange::Kind::kept, "b.example", 1'803'859'200, {"b/privkey.pem", "is empty"}},
         {CertificateChange::Kind::removed, "c.example"},
         {CertificateChange::Kind::removed, "d.example"}},
        {.domains = {{"a.example", "main"}, {"d.example", "main"}}});
    EXPECT_EQ(done({"reload"}),
              "reloaded /etc/stanzagate/stanzagate.toml\n"
              "changed:\n"
              "  certificate \"a.example\" renewed, valid until 2027-03-01T00:00:00Z\n"
              "  certificate \"c.example\" removed\n"
              "warning: certificate \"b.example\" cannot be used: b/privkey.pem: is empty:\n"
              "clients still see the old one, valid until 2027-03-01T00:00:00Z (repair its\n"
              "files; until then a start would be refused)\n"
              "warning: certificate \"d.example\" removed: clients of this domain are shown one\n"
              "that covers it, or are refused (put its folder back into cert_dir, or take its\n"
              "[domain] out)\n");
    const std::string json = done({"reload", "--json"});
    EXPECT_NE(
        json.find(R"({"domain":"b.example","change":"kept",)"
                  R"("valid_until":"2027-03-01T00:00:00Z","problem":"b/privkey.pem: is empty"})"),
        std::string::npos)
        << json;
}

}  // namespace
}  // namespace proxy

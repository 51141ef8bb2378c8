// Aim: run, check, version and help do one thing each, exit codes are a contract for scripts, and
// whoever mistypes is told what was meant.

#include "proxy/process/command_line.h"

#include <gtest/gtest.h>

#include <sstream>

#include "proxy/admin/verb_table.h"
#include "tests/proxy/process/command_line_scene.h"
#include "tests/support/load_text.h"

namespace proxy {
namespace {

using conf::test::kSmallest;

TEST_F(CommandLine, RunHandsTheConfigOverAndGivesItsExitCode) {
    const Answer answer = call({"run", file(kSmallest)});
    EXPECT_EQ(answer.code, 7);
    ASSERT_TRUE(started_);
    EXPECT_EQ(started_->pools.at(0).backends.at(0).port, 15222);
    EXPECT_EQ(started_->tls.cert_dir, folder_.path() / "certs");
    EXPECT_EQ(answer.err, "");
}

TEST_F(CommandLine, RunDoesNotStartWithErrors) {
    const Answer answer = call({"run", file(kSmallest + "wieght = 1\n")});
    EXPECT_EQ(answer.code, 1);
    EXPECT_FALSE(started_);
    EXPECT_NE(answer.err.find(
                  ":10:1: error: pool.main.backend \"127.0.0.1:15222\": unknown key \"wieght\" "
                  "(did you mean \"weight\"?)"),
              std::string::npos)
        << answer.err;
    EXPECT_NE(answer.err.find("not started: 1 error"), std::string::npos);
}

TEST_F(CommandLine, RunStartsWithWarnings) {
    const Answer answer = call({"run", file(kSmallest + "weight = 0\n")});
    EXPECT_EQ(answer.code, 7);
    EXPECT_NE(answer.err.find("warning: pool.main: every backend has weight 0"), std::string::npos);
}

TEST_F(CommandLine, CheckSaysFineWithZero) {
    const Answer answer = call({"check", file(kSmallest)});
    EXPECT_EQ(answer.code, 0) << answer.out;
    EXPECT_NE(answer.out.find("fine: 1 listener, 1 domain, 1 pool, 1 backend\n"),
              std::string::npos);
    EXPECT_FALSE(started_);
}

TEST_F(CommandLine, CheckOfAFineFileSaysWhatMaintenanceWouldDo) {
    EXPECT_NE(call({"check", file(kSmallest)})
                  .out.find("note: sessions at a backend in maintenance (main): they get "
                            "system-shutdown and log in anew, "),
              std::string::npos);
    const std::string everywhere = conf::test::kHead + conf::test::kDomain +
                                   "[pool.main]\nresume_anywhere = true\n" +
                                   conf::test::kNamelessBackend;
    EXPECT_NE(call({"check", "--json", file(everywhere)})
                  .out.find("\"notes\":[\"sessions at a backend in maintenance (main): those that "
                            "can resume are cut and go on at another backend"),
              std::string::npos);
    EXPECT_EQ(call({"check", file(kSmallest + "wieght = 1\n")}).out.find("note:"),
              std::string::npos);
}

TEST_F(CommandLine, CheckSaysErrorsWithOne) {
    const Answer answer = call({"check", file("version = 1\n")});
    EXPECT_EQ(answer.code, 1);
    EXPECT_NE(answer.out.find(": 4 errors\n"), std::string::npos) << answer.out;
}

TEST_F(CommandLine, CheckSaysWarningsAloneWithTwoWhenItIsStrict) {
    const std::string name = file(kSmallest + "weight = 0\n");
    const Answer answer = call({"check", name});
    EXPECT_EQ(answer.code, 0);
    EXPECT_NE(answer.out.find(": 1 warning\n"), std::string::npos);
    EXPECT_EQ(call({"check", "--strict", name}).code, 2);
    EXPECT_EQ(call({"check", name, "--strict", "--json"}).code, 2);
    EXPECT_EQ(call({"check", "--strict", name}).out, answer.out);
    EXPECT_EQ(call({"check", "--strict", file(kSmallest)}).code, 0);
    EXPECT_EQ(call({"check", "--strict", file("version = 1\n")}).code, 1);
}

TEST_F(CommandLine, CheckBreaksSentencesOnATerminal) {
    const std::string name = file(kSmallest + "tls = true\ncert = \"x\"\n");
    const Answer whole = call({"check", name});
    columns_ = 60;
    const Answer broken = call({"check", name});
    EXPECT_NE(broken.out, whole.out);
    std::istringstream lines(broken.out);
    for (std::string line; std::getline(lines, line);) {
        if (line.find(name) == std::string::npos) {
            EXPECT_LE(line.size(), 60U) << line;
        }
    }
    EXPECT_NE(broken.out.find("must be text,\n    not true or false (write tls = \"starttls\" or "
                              "\"direct\")\n"),
              std::string::npos)
        << broken.out;
    EXPECT_EQ(call({"check", "--json", name}).out.find("\n    "), std::string::npos);
    EXPECT_NE(call({"run", name}).err.find("\n    "), std::string::npos);
}

TEST_F(CommandLine, CheckSaysWhenTheFileIsNotThere) {
    const Answer answer = call({"check", folder_.file("none.toml")});
    EXPECT_EQ(answer.code, 1);
    EXPECT_NE(answer.out.find("none.toml:1:1: error: cannot be read: No such file"),
              std::string::npos);
}

TEST_F(CommandLine, CheckSaysWhatIsWrongWithTheKeys) {
    conf::Problem expired;
    expired.severity = conf::Severity::warning;
    expired.file = "fullchain.pem";
    expired.what = "has expired";
    wrong_keys_ = {expired};
    const std::string name = file(kSmallest);

    const Answer warned = call({"check", name});
    EXPECT_EQ(warned.code, 0);
    EXPECT_EQ(call({"check", "--strict", name}).code, 2);
    EXPECT_EQ(warned.out, "fullchain.pem:1:1: warning: has expired\n" + name + ": 1 warning\n");

    wrong_keys_[0].severity = conf::Severity::error;
    EXPECT_EQ(call({"check", name}).code, 1);
    EXPECT_NE(call({"check", "--json", name}).out.find("\"what\":\"has expired\""),
              std::string::npos);
}

TEST_F(CommandLine, CheckSaysWhichPortHostMetaNames) {
    const auto said = [&](const std::string& more) {
        const Answer answer = call({"check", "--strict", file(kSmallest + more)});
        EXPECT_EQ(answer.code, 0);
        return answer.out.substr(0, answer.out.find(";"));
    };
    const std::string at = "[[listen]]\nkind = \"web\"\naddress = \"127.0.0.1:";
    EXPECT_EQ(said(at + "8443\"\n"),
              "note: listen \"127.0.0.1:8443\": host-meta names this port to clients");
    EXPECT_EQ(said(at + "443\"\n").find("host-meta"), std::string::npos);
    EXPECT_EQ(said(at + "8443\"\n[web]\npublic_url = \"https://a.example\"\n").find("host-meta"),
              std::string::npos);
}

TEST_F(CommandLine, CheckSaysThatAPoolIsOneCluster) {
    EXPECT_EQ(call({"check", file(kSmallest)}).out.find("cluster"), std::string::npos);
    const std::string another = "[[pool.main.backend]]\naddress = \"127.0.0.2:15222\"\n";
    const std::string name = file(kSmallest + another);
    const Answer answer = call({"check", "--strict", name});
    EXPECT_EQ(answer.code, 0);
    EXPECT_EQ(answer.out,
              "note: pool \"main\": its backends are one cluster, each with the accounts of all; "
              "servers that are strangers need pools of their own\n"
              "note: sessions at a backend in maintenance (main): they get system-shutdown and log "
              "in anew, for without resume_anywhere none could be resumed elsewhere\n" +
                  name + ": fine: 1 listener, 1 domain, 1 pool, 2 backends\n");
    std::string many;
    for (char pool = 'a'; pool < 'h'; ++pool) {
        const std::string backend = conf::test::replaced(another, "main", std::string(1, pool));
        many += backend + conf::test::replaced(backend, "127.0.0.2", "127.0.0.3") + "[domain.\"" +
                std::string(1, pool) + ".example\"]\npool = \"" + std::string(1, pool) + "\"\n";
    }
    EXPECT_NE(
        call({"check", file(kSmallest + many)}).out.find("note: so are those of 2 more pools\n"),
        std::string::npos);
    EXPECT_EQ(call({"check", file(kSmallest + another + "wieght = 1\n")}).out.find("cluster"),
              std::string::npos);
}

TEST_F(CommandLine, CheckSpeaksJsonWhereverTheOptionStands) {
    const std::string name = file(kSmallest + "wieght = 1\n");
    const Answer before = call({"check", "--json", name});
    const Answer behind = call({"check", name, "--json"});
    EXPECT_EQ(before.code, 1);
    EXPECT_EQ(before.out, behind.out);
    EXPECT_EQ(
        before.out,
        "{\"file\":\"" + name +
            "\",\"errors\":1,\"warnings\":0,\"problems\":[{\"severity\":\"error\",\"file\":\"" +
            name +
            "\",\"line\":10,\"column\":1,\"key\":\"pool.main.backend[0].wieght\","
            "\"where\":\"pool.main.backend \\\"127.0.0.1:15222\\\"\","
            "\"what\":\"unknown key \\\"wieght\\\"\",\"hint\":\"did you mean "
            "\\\"weight\\\"?\"}],\"notes\":[]}\n");
}

TEST_F(CommandLine, VersionNamesTheLibraries) {
    const Answer answer = call({"version"});
    EXPECT_EQ(answer.code, 0);
    EXPECT_TRUE(answer.out.starts_with("stanzagate " STANZAGATE_VERSION "\n"));
    for (const char* library : {"OpenSSL 3", "libevent 2.1", "spdlog 1.", "toml11 ", "c-ares 1."}) {
        EXPECT_NE(answer.out.find(library), std::string::npos) << library;
    }
    EXPECT_EQ(call({"--version"}).out, answer.out);
    EXPECT_TRUE(call({"version", "--json"})
                    .out.starts_with("{\"version\":\"" STANZAGATE_VERSION "\",\"libraries\":[\""));
}

TEST_F(CommandLine, HelpShowsEveryVerbInLinesOfATerminal) {
    const Answer answer = call({"help"});
    EXPECT_EQ(answer.code, 0);
    for (const char* verb :
         {"\nServing:\n  run FILE ", "  check FILE ", "  reload ",
          "\nLooking at the running process:\n  status ", "  backends [POOL] ", "  sessions ",
          "\nChanging it:\n  weight POOL/BACKEND N ", "  drain POOL/BACKEND ",
          "  maintenance POOL/BACKEND ", "  ready POOL/BACKEND ", "  kick [ID] ",
          "\nAbout:\n  version ", "  help [VERB] "}) {
        EXPECT_NE(answer.out.find(verb), std::string::npos) << verb;
    }
    EXPECT_EQ(call({"--help"}).out, answer.out);
}

TEST_F(CommandLine, HelpTellsTheOptionsOfEachVerb) {
    EXPECT_TRUE(call({"help", "check"}).out.starts_with("stanzagate check FILE\n"));
    EXPECT_NE(call({"help", "maintenance"}).out.find("\n  --over TIME "), std::string::npos);
    for (const Verb& verb : verbs()) {
        const std::string name(verb.name);
        const Answer answer = call({"help", name});
        EXPECT_EQ(answer.out, call({name, "--help"}).out);
        EXPECT_EQ(answer.out, call({name, "-h"}).out);
        std::istringstream lines(answer.out + call({"help"}).out);
        for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
    }
    EXPECT_TRUE(asked_.empty());
}

TEST_F(CommandLine, MistypedVerbNamesTheNearOne) {
    const Answer answer = call({"chekc", "file"});
    EXPECT_EQ(answer.code, 2);
    EXPECT_EQ(
        answer.err,
        "stanzagate: unknown command \"chekc\" (did you mean \"check\"?)\nTry: stanzagate help\n");
    EXPECT_EQ(call({"help", "rum"}).code, 2);
    EXPECT_NE(call({"wieght", "main/a", "5"}).err.find("\"weight\""), std::string::npos);
    EXPECT_EQ(call({"dance"}).err, "stanzagate: unknown command \"dance\"\nTry: stanzagate help\n");
}

TEST_F(CommandLine, WrongArgumentsAreUsageErrors) {
    EXPECT_EQ(call({}).code, 2);
    EXPECT_EQ(call({"run"}).err, "stanzagate: run needs FILE\nTry: stanzagate help\n");
    EXPECT_EQ(call({"run", "a", "b"}).err,
              "stanzagate: \"b\" is too much for run\nTry: stanzagate help\n");
    EXPECT_EQ(call({"check", "--jsn", "a"}).err,
              "stanzagate: check takes no option \"--jsn\" (did you mean \"--json\"?)\nTry: "
              "stanzagate help\n");
    EXPECT_EQ(call({"check", "-x", "a"}).err,
              "stanzagate: check takes no option \"-x\"\nTry: stanzagate help\n");
    EXPECT_EQ(call({"run", "--json", "a"}).err, "");
    EXPECT_EQ(call({"run", "--json", "a"}).out,
              "{\"error\":\"run takes no option \\\"--json\\\"\"}\n");
    EXPECT_EQ(call({"run", "--json", "a"}).code, 2);
    EXPECT_FALSE(started_);
}

TEST_F(CommandLine, FileMayBeginWithADashBehindTwo) {
    const Answer answer = call({"check", "--", "-none.toml"});
    EXPECT_EQ(answer.code, 1);
    EXPECT_NE(answer.out.find("-none.toml:1:1: error"), std::string::npos);
}

}  // namespace
}  // namespace proxy

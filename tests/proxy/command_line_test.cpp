// Aim: each verb does one thing, exit codes are a contract for scripts, and whoever mistypes is
// told what was meant.

#include "proxy/command_line.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "proxy/verb_table.h"
#include "tests/support/load_text.h"
#include "tests/support/temp_dir.h"

namespace proxy {
namespace {

namespace fs = std::filesystem;
using conf::test::kSmallest;

struct Answer {
    int code;
    std::string out;
    std::string err;
};

/// A folder with a certificate for example.org, so that the smallest file is fine.
class CommandLine : public ::testing::Test {
protected:
    CommandLine() {
        const fs::path certificates = folder_.path() / "certs/example.org";
        fs::create_directories(certificates);
        for (const char* name : {"fullchain.pem", "privkey.pem"}) {
            std::ofstream(certificates / name) << "pem\n";
            fs::permissions(certificates / name, fs::perms::owner_read | fs::perms::owner_write);
        }
    }

    std::string file(const std::string& text) {
        const std::string path = folder_.file("stanzagate.toml");
        std::ofstream(path) << text;
        return path;
    }

    Answer call(std::vector<std::string> words) {
        words.insert(words.begin(), "stanzagate");
        std::vector<char*> argv;
        for (std::string& word : words) argv.push_back(word.data());
        argv.push_back(nullptr);
        std::ostringstream out;
        std::ostringstream err;
        const CommandHandlers handlers{
            .run =
                [this](const conf::Config& config) {
                    started_ = config;
                    return 7;
                },
            .ask =
                [this](const fs::path& socket, std::string_view request,
                       std::chrono::milliseconds patience) {
                    asked_.push_back({socket, request_words(request), patience});
                    return answer_;
                },
            .libraries = {"c-ares 1.18.1"},
            .out = &out,
            .err = &err};
        const int code = run_command_line(static_cast<int>(words.size()), argv.data(), handlers);
        return {code, out.str(), err.str()};
    }

    static std::vector<std::string> request_words(std::string_view request) {
        AdminRequestReader reader;
        EXPECT_EQ(reader.feed(request), AdminRequestReader::State::complete);
        return reader.words();
    }

    struct Asked {
        fs::path socket;
        std::vector<std::string> words;
        std::chrono::milliseconds patience;
    };

    const test::TempDir folder_;
    std::optional<conf::Config> started_;
    std::vector<Asked> asked_;  // of the running process
    core::Result<AdminReply, std::string> answer_ = AdminReply{0, "done\n"};
};

using Words = std::vector<std::string>;

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

TEST_F(CommandLine, CheckSaysErrorsWithOne) {
    const Answer answer = call({"check", file("version = 1\n")});
    EXPECT_EQ(answer.code, 1);
    EXPECT_NE(answer.out.find(": 4 errors\n"), std::string::npos) << answer.out;
}

TEST_F(CommandLine, CheckSaysWarningsAloneWithTwo) {
    const Answer answer = call({"check", file(kSmallest + "weight = 0\n")});
    EXPECT_EQ(answer.code, 2);
    EXPECT_NE(answer.out.find(": 1 warning\n"), std::string::npos);
}

TEST_F(CommandLine, CheckSaysWhenTheFileIsNotThere) {
    const Answer answer = call({"check", folder_.file("none.toml")});
    EXPECT_EQ(answer.code, 1);
    EXPECT_NE(answer.out.find("none.toml:1:1: error: cannot be read: No such file"),
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
            "\\\"weight\\\"?\"}]}\n");
}

TEST_F(CommandLine, VersionNamesTheLibraries) {
    const Answer answer = call({"version"});
    EXPECT_EQ(answer.code, 0);
    EXPECT_TRUE(answer.out.starts_with("stanzagate " STANZAGATE_VERSION "\n"));
    for (const char* library :
         {"OpenSSL 3", "libevent 2.1", "spdlog 1.", "toml11 3.", "c-ares 1.18.1"}) {
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
    EXPECT_EQ(call({"run", "--json", "a"}).err,
              "stanzagate: run takes no option \"--json\"\nTry: stanzagate help\n");
    EXPECT_EQ(call({"run", "--json", "a"}).code, 2);
    EXPECT_FALSE(started_);
}

TEST_F(CommandLine, FileMayBeginWithADashBehindTwo) {
    const Answer answer = call({"check", "--", "-none.toml"});
    EXPECT_EQ(answer.code, 1);
    EXPECT_NE(answer.out.find("-none.toml:1:1: error"), std::string::npos);
}

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
    EXPECT_EQ(problem({"status", "--json", "--json"}), "stanzagate: --json stands twice");
    EXPECT_EQ(problem({"status", "--json=yes"}), "stanzagate: --json takes no value");
    EXPECT_EQ(problem({"kick"}),
              "stanzagate: kick needs ID or --jid JID (\"stanzagate sessions\" shows them)");
    EXPECT_EQ(problem({"kick", ""}), "stanzagate: kick needs ID or --jid JID");
    EXPECT_EQ(problem({"kick", "w0-1", "--jid", "a@b"}),
              "stanzagate: kick needs ID or --jid JID (not both)");
    EXPECT_EQ(problem({"kick", "--jid", "example.org"}),
              "stanzagate: \"example.org\" names no user (user@domain)");
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
    EXPECT_EQ(call({"drain", "x/a", "--json"}).out, "stanzagate: there is no pool \"x\"\n");
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

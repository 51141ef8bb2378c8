// Aim: what the operator's commands of stanzanode do, say and show, on a real embedded store.

#include "backend/process/command_line.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "backend/process/open_store.h"
#include "core/log.h"
#include "tests/support/temp_dir.h"
#include "tests/support/terminal.h"

namespace backend {
namespace {

class NodeCommandLine : public testing::Test {
protected:
    NodeCommandLine() {
        std::ofstream(file_) << "version = 1\n[node]\nname = \"n1\"\nlisten = \"127.0.0.1:15222\"\n"
                                "domains = [\"example.org\"]\n[store]\nurl = \"sqlite:state.db\"\n";
    }

    ~NodeCommandLine() override { core::set_log_level(core::Severity::info); }

    /// Runs "stanzanode WORDS..." and keeps what it says.
    int run(std::vector<std::string> words, const std::string& input = "") {
        words.insert(words.begin(), "stanzanode");
        std::vector<char*> argv;
        for (std::string& word : words) argv.push_back(word.data());
        std::istringstream in(input);
        std::ostringstream out;
        std::ostringstream err;
        const int code =
            run_node_command_line(static_cast<int>(argv.size()), argv.data(),
                                  {.run = [this](const conf::NodeConfig&) { return ++served_, 0; },
                                   .open_store = open_,
                                   .in = &in,
                                   .input_fd = input_fd_,
                                   .out = &out,
                                   .err = &err});
        out_ = out.str();
        err_ = err.str();
        return code;
    }

    const ::test::TempDir folder_;
    const std::string file_ = folder_.file("stanzanode.toml");
    std::string out_;
    std::string err_;
    int served_ = 0;
    int input_fd_ = -1;
    decltype(NodeCommandHandlers::open_store) open_ = open_store;
};

TEST_F(NodeCommandLine, PasswordsAreAskedForAtATerminal) {
    const ::test::Terminal terminal;
    input_fd_ = terminal.fd();
    terminal.type("secret\nsecret\n");
    EXPECT_EQ(run({"user", "add", file_, "romeo@example.org"}), kFine) << err_;
    EXPECT_EQ(err_, "password for romeo@example.org: \nthe same again: \n");
    EXPECT_EQ(out_, "romeo@example.org added\n");
    terminal.type("one\nanother\n");
    EXPECT_EQ(run({"passwd", file_, "romeo@example.org"}), kFailed);
    EXPECT_TRUE(err_.ends_with("stanzanode: the two differ; nothing was changed\n")) << err_;
}

TEST_F(NodeCommandLine, AccountsAreMadeListedChangedAndRemoved) {
    EXPECT_EQ(run({"user", "list", file_}), kFine);
    EXPECT_EQ(out_, "");
    EXPECT_EQ(run({"user", "add", file_, "Romeo@example.org"}, "secret\n"), kFine) << err_;
    EXPECT_EQ(out_, "romeo@example.org added\n");
    EXPECT_EQ(run({"user", "add", file_, "romeo@example.org"}, "other\n"), kFailed);
    EXPECT_NE(err_.find("is there already"), std::string::npos) << err_;
    EXPECT_EQ(run({"passwd", file_, "romeo@example.org"}, "other\n"), kFine) << err_;
    EXPECT_EQ(run({"user", "list", file_}), kFine);
    EXPECT_EQ(out_, "romeo@example.org\n");
    EXPECT_EQ(run({"user", "del", file_, "romeo@example.org"}), kFine) << err_;
    EXPECT_EQ(run({"user", "del", file_, "romeo@example.org"}), kFailed);
    EXPECT_EQ(run({"passwd", file_, "romeo@example.org"}, "x\n"), kFailed);
    EXPECT_NE(err_.find("user add makes it"), std::string::npos) << err_;
}

TEST_F(NodeCommandLine, AnswersAreNotMixedWithNewsOfTheStore) {
    int opened = 0;
    open_ = [&](const conf::StoreUrl& url) {
        ++opened;
        EXPECT_FALSE(core::is_logged(core::Severity::info));
        EXPECT_TRUE(core::is_logged(core::Severity::warn));
        return open_store(url);
    };
    EXPECT_EQ(run({"user", "add", file_, "romeo@example.org"}, "secret\n"), kFine) << err_;
    core::set_log_level(core::Severity::info);
    EXPECT_EQ(run({"passwd", file_, "romeo@example.org"}, "other\n"), kFine) << err_;
    core::set_log_level(core::Severity::info);
    EXPECT_EQ(run({"user", "list", file_}), kFine) << err_;
    EXPECT_EQ(opened, 3);
    core::set_log_level(core::Severity::info);
    EXPECT_EQ(run({"run", file_}), 0);
    EXPECT_TRUE(core::is_logged(core::Severity::info)) << "nodes say all of it";
}

TEST_F(NodeCommandLine, SaysWhichAddressesAndPasswordsAreWanted) {
    for (const char* wrong : {"romeo", "example.org", "romeo@example.org/x", "@example.org"}) {
        EXPECT_EQ(run({"user", "add", file_, wrong}, "secret\n"), kFailed) << wrong;
    }
    EXPECT_EQ(run({"user", "add", file_, "romeo@other.example"}, "secret\n"), kFailed);
    EXPECT_NE(err_.find("no node serves other.example; the file has example.org"),
              std::string::npos)
        << err_;
    EXPECT_EQ(run({"user", "add", file_, "romeo@example.org"}, "\n"), kFailed);
    EXPECT_NE(err_.find("password"), std::string::npos);
}

TEST_F(NodeCommandLine, ChangesAccountsWhileTheStoreIsInUse) {
    const auto store = open_store({.file = folder_.path() / "state.db"});
    ASSERT_TRUE(store) << store.error();
    EXPECT_EQ(run({"user", "add", file_, "juliet@example.org"}, "secret\n"), kFine) << err_;
    EXPECT_EQ(run({"user", "list", file_}), kFine) << err_;
    EXPECT_EQ(out_, "juliet@example.org\n");
}

TEST_F(NodeCommandLine, ChecksAndRuns) {
    EXPECT_EQ(run({"check", file_}), kFine);
    EXPECT_EQ(out_, file_ + ": fine: 1 node, state in sqlite:state.db\n");
    EXPECT_EQ(run({"run", file_}), 0);
    EXPECT_EQ(served_, 1);
    std::ofstream(file_, std::ios::app) << "urll = \"x\"\n";
    EXPECT_EQ(run({"check", file_}), kFailed);
    EXPECT_NE(out_.find("did you mean \"url\"?"), std::string::npos) << out_;
    EXPECT_EQ(run({"run", file_}), kFailed);
    EXPECT_EQ(served_, 1);
}

TEST_F(NodeCommandLine, ShowsNoPasswordOfTheStore) {
    for (const std::string url : {"redis://u:geheim@127.0.0.1:1", "redis://u:geheim@h:99999",
                                  "rediss://u:geheim@h", "redis://u:geh@eim@h"}) {
        std::ofstream(file_) << "version = 1\n[node]\nname = \"n1\"\nlisten = \"127.0.0.1:15222\"\n"
                                "domains = [\"example.org\"]\n[store]\nurl = \""
                             << url << "\"\n";
        run({"check", file_});
        EXPECT_NE(out_.find("redis"), std::string::npos) << out_;
        EXPECT_EQ(out_.find("geh"), std::string::npos) << out_;
        EXPECT_EQ(out_.find("eim"), std::string::npos) << out_;
        run({"run", file_});
        EXPECT_EQ(err_.find("geh"), std::string::npos) << err_;
    }
}

TEST_F(NodeCommandLine, WarningsAloneAreFineUnlessCheckIsStrict) {
    std::ofstream(file_) << "version = 1\n[node]\nname = \"n1\"\nlisten = \"127.0.0.1:15222\"\n"
                            "domains = [\"example.org\"]\ntrusted_proxies = []\n[store]\nurl = "
                            "\"sqlite:state.db\"\n";
    EXPECT_EQ(run({"check", file_}), kFine);
    EXPECT_NE(out_.find("warning: node \"n1\": nobody may connect"), std::string::npos) << out_;
    EXPECT_EQ(run({"check", "--strict", file_}), kWarnings);
    EXPECT_EQ(run({"check", file_, "--strict"}), kWarnings);
    EXPECT_EQ(run({"run", "--strict", file_}), kUsage);
}

TEST_F(NodeCommandLine, TakesNoOptions) {
    EXPECT_EQ(run({"check", "--json", file_}), kUsage);
    EXPECT_EQ(err_, "stanzanode: check takes no option \"--json\"\nTry: stanzanode help\n");
}

TEST_F(NodeCommandLine, JudgesTheUrlOfTheStore) {
    const auto checked = [this](const std::string& url) {
        std::ofstream(file_) << "version = 1\n[node]\nname = \"n1\"\nlisten = \"127.0.0.1:15222\"\n"
                                "domains = [\"example.org\"]\n[store]\nurl = \""
                             << url << "\"\n";
        return run({"check", file_});
    };
    EXPECT_EQ(checked("redis://127.0.0.1:6379/0"), kFine) << out_;
    for (const char* wrong : {"redis://127.0.0.1:port", "redis://", "redis+sentinel://h1:26379",
                              "redis+unix://", "redis://h/zero"}) {
        EXPECT_EQ(checked(wrong), kFailed) << wrong;
        EXPECT_TRUE(out_.starts_with(file_ + ":7:1: error: store: \"url\" ")) << out_;
        EXPECT_EQ(run({"run", file_}), kFailed);
        EXPECT_EQ(run({"user", "list", file_}), kFailed);
    }
    EXPECT_EQ(checked("sqlite:nowhere/state.db"), kFailed);
    EXPECT_NE(out_.find("there is no folder"), std::string::npos) << out_;
}

TEST_F(NodeCommandLine, MistypedCommandsAreAnswered) {
    EXPECT_EQ(run({}), kUsage);
    EXPECT_EQ(run({"chek", file_}), kUsage);
    EXPECT_NE(err_.find("did you mean \"check\"?"), std::string::npos) << err_;
    EXPECT_EQ(run({"user"}), kUsage);
    EXPECT_NE(err_.find("write user add, user del or user list"), std::string::npos) << err_;
    EXPECT_EQ(run({"run"}), kUsage);
    EXPECT_EQ(run({"run", file_, "more"}), kUsage);
    EXPECT_EQ(run({"--help"}), kFine);
    EXPECT_NE(out_.find("user add"), std::string::npos);
    EXPECT_EQ(run({"version"}), kFine);
}

}  // namespace
}  // namespace backend

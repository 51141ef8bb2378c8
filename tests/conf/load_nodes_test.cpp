// Aim: the file of stanzanode. What is right becomes values; what is wrong is reported with its
// place, all of it in one run, and says what to write.

#include "conf/load_nodes.h"

#include <gtest/gtest.h>

#include "tests/support/example_file.h"
#include "tests/support/load_text.h"

namespace conf {
namespace {

using namespace std::chrono_literals;

const std::string kSmallestNode = R"(version = 1
[node]
name = "n1"
listen = "127.0.0.1:15222"
domains = ["example.org"]
[store]
url = "sqlite:state.db"
)";

std::string problems_of_nodes(const std::string& text) {
    return test::shown(examine_nodes_text(text, "f").problems);
}

NodeConfig loaded_nodes(const std::string& text) {
    ExaminedNodes examined = examine_nodes_text(text, "/etc/x/stanzanode.toml");
    for (const Problem& problem : examined.problems) ADD_FAILURE() << problem.to_string();
    return std::move(examined.config);
}

/// The problems of kSmallestNode with `from` replaced by `to`.
std::string changed_nodes(const std::string& from, const std::string& to) {
    return problems_of_nodes(test::replaced(kSmallestNode, from, to));
}

TEST(NodeConfig, SmallestFileTakesEveryDefault) {
    const NodeConfig config = loaded_nodes(kSmallestNode);
    NodeTable node;
    node.name = "n1";
    node.listen = *core::Endpoint::parse("127.0.0.1:15222");
    node.domains = {"example.org"};
    EXPECT_EQ(config.nodes, std::vector<NodeTable>{node});
    EXPECT_EQ(config.store.file, "/etc/x/state.db");
    EXPECT_EQ(config.limits, NodeLimits{});
    EXPECT_EQ(config.log, Log{});
}

TEST(NodeConfig, ReadsSeveralNodesAndEveryKey) {
    const NodeConfig config = loaded_nodes(R"(version = 1
[[node]]
name = "n1"
listen = "127.0.0.1:15222"
domains = ["Example.org", "b.example"]
trusted_proxies = ["10.0.0.0/8", "10.9.9.9"]
proxy = "required"
backlog = 16
[[node]]
name = "n2"
listen = "127.0.0.1:15223"
domains = ["b.example", "example.org"]
proxy = "off"
[store]
url = "redis://127.0.0.1:6379/2"
[limits]
login = "10s"
close = "1s"
resume = "5m"
stanza = "64KiB"
depth = 32
attributes = 20
sessions = 100
buffer_high = "128KiB"
buffer_low = "32KiB"
[log]
format = "json"
)");
    ASSERT_EQ(config.nodes.size(), 2U);
    EXPECT_EQ(config.nodes[0].domains, (std::vector<std::string>{"example.org", "b.example"}));
    EXPECT_EQ(config.nodes[0].trusted_proxies,
              (std::vector<core::AddressBlock>{*core::AddressBlock::parse("10.0.0.0/8"),
                                               *core::AddressBlock::parse("10.9.9.9")}));
    EXPECT_EQ(config.nodes[0].backlog, 16);
    EXPECT_EQ(config.nodes[1].proxy, NodeProxy::off);
    EXPECT_EQ(config.store.kind, StoreKind::redis);
    EXPECT_EQ(config.limits.login, 10s);
    EXPECT_EQ(config.limits.resume, 5min);
    EXPECT_EQ(config.limits.stanza, 64U * 1024);
    EXPECT_EQ(config.limits.sessions, 100U);
    EXPECT_EQ(config.log.format, LogFormat::json);
}

TEST(NodeConfig, EmptyFileSaysAllThatAWorkingOneNeeds) {
    const std::string found = problems_of_nodes("");
    for (const char* needed :
         {"\"version\" is missing", "\"node\" is missing", "\"store\" is missing"}) {
        EXPECT_NE(found.find(needed), std::string::npos) << needed;
    }
}

TEST(NodeConfig, ReportsEveryProblemInOneRunInOrderOfTheFile) {
    EXPECT_EQ(
        problems_of_nodes(R"(version = 1
[[node]]
nam = "n1"
listen = "127.0.0.1"
domains = ["*.example.org"]
trusted_proxies = ["10.0.0.1/8"]
[[node]]
name = "n 2"
listen = "127.0.0.1:15223"
domains = []
proxy = "on"
[store]
url = "mysql:x"
[limits]
resume = 10
[cluster]
)"),
        "3:1: error: node: unknown key \"nam\" (did you mean \"name\"?)\n"
        "4:10: error: node: a port is missing (write \"127.0.0.1:15222\")\n"
        "5:12: error: node: \"*.example.org\" is not a domain name (write a name like "
        "\"example.org\"; wildcards are for stanzagate)\n"
        "6:20: error: node: \"10.0.0.1/8\" is no address and no network (write \"10.0.0.1\" for "
        "that address, \"10.0.0.0/8\" for its network)\n"
        "8:8: error: node \"n 2\": a name of 1 to 64 letters, digits, \"-\", \"_\" and "
        "\".\" is wanted (it names the node in the store and in every log line)\n"
        "10:11: error: node \"n 2\": \"domains\" is empty (write domains = "
        "[\"example.org\"])\n"
        "11:9: error: node \"n 2\": unknown \"proxy\" \"on\" (write proxy = \"required\")\n"
        "13:7: error: store: \"mysql:x\" is no place for the state (write "
        "\"sqlite:state.db\", \"redis://127.0.0.1:6379/0\" or "
        "\"redis+sentinel://h1:26379,h2:26379/mymaster\")\n"
        "15:10: error: limits: \"resume\" needs a unit (write \"10s\")\n"
        "16:2: error: unknown table \"cluster\" (known here: \"version\", \"node\", "
        "\"store\", \"limits\", \"log\")\n");
}

TEST(NodeConfig, NodesOfOneFileFitTogether) {
    const std::string second =
        "[[node]]\nname = \"n1\"\nlisten = \"127.0.0.1:15222\"\ndomains = [\"b.example\"]\n";
    std::string first = kSmallestNode;
    first.replace(first.find("[node]"), 6, "[[node]]");
    EXPECT_EQ(
        problems_of_nodes(first + second),
        "9:1: error: node \"n1\": name \"n1\" is given twice (first on line 3)\n"
        "10:1: error: node \"n1\": listen \"127.0.0.1:15222\" is given twice (first on line "
        "4)\n"
        "11:1: error: node \"n1\": the nodes of a cluster serve the same domains (write those "
        "of node \"n1\")\n");
}

TEST(NodeConfig, ClearStreamsStayOnTheMachine) {
    EXPECT_EQ(changed_nodes("listen = \"127.0.0.1:15222\"",
                            "listen = \"0.0.0.0:15222\"\nproxy = \"off\""),
              "5:1: error: node \"n1\": without a proxy passwords would cross the network in clear "
              "(listen on 127.0.0.1, or put stanzagate in front)\n");
    EXPECT_EQ(changed_nodes("listen = \"127.0.0.1:15222\"",
                            "listen = \"127.0.52.1:15222\"\nproxy = \"off\""),
              "");
}

TEST(NodeConfig, WarnsWhenNobodyMayConnect) {
    const std::string found = changed_nodes("listen", "trusted_proxies = []\nlisten");
    EXPECT_EQ(found,
              "4:19: warning: node \"n1\": nobody may connect: no proxy is trusted (write "
              "trusted_proxies = [\"127.0.0.1/32\"])\n");
}

TEST(NodeConfig, LooksAtTheFileSystem) {
    const std::string file = testing::TempDir() + "node_config_test.toml";
    std::ofstream(file) << "version = 1\n[node]\nname = \"n1\"\nlisten = \"127.0.0.1:15222\"\n"
                           "domains = [\"example.org\"]\n[store]\nurl = "
                           "\"sqlite:no-such-folder/state.db\"\n";
    const auto found = examine_nodes(file).problems;
    ASSERT_EQ(found.size(), 1U);
    EXPECT_NE(found[0].what.find("there is no folder"), std::string::npos);
    const auto missing = examine_nodes("/no/such/file.toml").problems;
    ASSERT_EQ(missing.size(), 1U);
    EXPECT_NE(missing[0].what.find("cannot be read"), std::string::npos);
}

TEST(NodeExampleFile, StatesTheDefaultsThatAreBuiltIn) {
    const std::string text = test::read_file(SOURCE_DIR "/conf/node.example.toml");
    const auto stated = test::state_defaults(text);
    EXPECT_EQ(loaded_nodes(stated.text), loaded_nodes(text));
    EXPECT_EQ(stated.count, 16U);
}

}  // namespace
}  // namespace conf

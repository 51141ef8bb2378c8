// The shipped reference states what is built in, and knows every key. The files of
// docker-compose.yml are fine and agree.

#include "conf/load.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "conf/node_config.h"
#include "tests/support/load_text.h"

namespace conf {
namespace {

using test::joined;
using test::loaded;
using test::problems;

std::string read(const std::string& path) {
    std::ifstream input(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(input), {}};
}

TEST(ExampleFile, IsFine) {
    EXPECT_EQ(joined(problems(read(SOURCE_DIR "/conf/example.toml"))), "");
}

TEST(ComposeFiles, AreFineAndAgree) {
    const std::string folder = SOURCE_DIR "/conf/compose/";
    const std::string proxy = read(folder + "stanzagate.toml");
    EXPECT_EQ(joined(problems(proxy)), "");
    std::set<std::string> names;
    for (const char* file : {"node1.toml", "node2.toml", "node3.toml"}) {
        const auto [config, found] = examine_nodes_text(read(folder + file), file);
        EXPECT_TRUE(found.empty()) << found.front().to_string();
        ASSERT_EQ(config.nodes.size(), 1U) << file;
        names.insert(config.nodes[0].name);
        ASSERT_EQ(config.nodes[0].domains, std::vector<std::string>{loaded(proxy).domains[0].name});
    }
    EXPECT_EQ(names.size(), 3U);
}

TEST(ExampleFile, StatesTheDefaultsThatAreBuiltIn) {
    std::string text = read(SOURCE_DIR "/conf/example.toml");
    const Config as_shipped = loaded(text);
    std::size_t stated = 0;
    for (std::size_t at = 0; (at = text.find("\n#", at)) != std::string::npos; ++at) {
        const std::size_t end = text.find('\n', at + 1);
        const std::string line = text.substr(at + 2, end - at - 2);
        const std::size_t key = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_");
        if (key == 0 || key == std::string::npos || line.compare(key, 3, " = ") != 0) continue;
        text.erase(at + 1, 1);
        ++stated;
    }
    EXPECT_EQ(loaded(text), as_shipped);
    EXPECT_EQ(stated, 46U);
}

TEST(ExampleFile, KnowsEveryKey) {
    const std::string text = read(SOURCE_DIR "/conf/example.toml");
    for (const char* key : {"version",
                            "cert_dir",
                            "min_version",
                            "ticket_keys",
                            "ticket_lifetime",
                            "address",
                            "kind",
                            "backlog",
                            "pool",
                            "balance",
                            "connect_timeout",
                            "answer_timeout",
                            "route",
                            "srv_weight",
                            "panic",
                            "checks",
                            "every",
                            "timeout",
                            "jitter",
                            "rise",
                            "fall",
                            "passive_failures",
                            "passive_window",
                            "eject_first",
                            "eject_longest",
                            "slow_start",
                            "flap_window",
                            "priority",
                            "connect_rate",
                            "servers",
                            "socket",
                            "name",
                            "weight",
                            "max_sessions",
                            "proxy",
                            "tls",
                            "ca_file",
                            "tls_verify",
                            "channel_binding",
                            "login",
                            "handshake",
                            "close",
                            "stanza",
                            "depth",
                            "attributes",
                            "sessions",
                            "buffer_high",
                            "buffer_low",
                            "format",
                            "level",
                            "file"}) {
        const bool is_there = text.find("\n" + std::string(key) + " = ") != std::string::npos ||
                              text.find("\n#" + std::string(key) + " = ") != std::string::npos;
        EXPECT_TRUE(is_there) << key;
    }
    EXPECT_NE(text.find("threads = "), std::string::npos);
    EXPECT_NE(text.find("srv = "), std::string::npos);
}

}  // namespace
}  // namespace conf

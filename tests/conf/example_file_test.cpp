// The shipped reference states what is built in, and knows every key. The files of
// docker-compose.yml are fine and agree.

#include "conf/load.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>

#include "conf/load_nodes.h"
#include "tests/support/example_file.h"
#include "tests/support/load_text.h"

namespace conf {
namespace {

using test::loaded;
using test::problems;

// Those of examples alone, "threads", "srv", "origins" and "before_login", are looked for apart.
const std::string kKeys =
    "version cert_dir min_version record_layer default ticket_keys ticket_lifetime address kind "
    "backlog pool balance connect_timeout answer_timeout route srv_weight "
    "resume_anywhere together hedge panic login_rate checks every timeout jitter rise fall "
    "passive_failures passive_window eject_first eject_longest slow_start flap_window account "
    "priority connect_rate servers socket state name weight max_sessions proxy tls "
    "ca_file tls_verify on_client_loss channel_binding login registration handshake close stanza "
    "depth attributes sessions buffer_high buffer_low format level file pseudonym_key keys "
    "remember users accept_proxy xmpp trust bosh websocket public_url acme_challenge head_timeout "
    "keep_alive stall requests per_address bosh_body bosh_sessions bosh_held path port mode sticky "
    "new_per_second failed_logins exempt bytes stanzas burst end_floods";

TEST(ExampleFile, IsFine) {
    EXPECT_EQ(problems(test::read_file(SOURCE_DIR "/conf/example.toml")), "");
}

/// The configuration that README shows.
std::string readme_example() {
    const std::string text = test::read_file(SOURCE_DIR "/README.md");
    const std::size_t chapter = text.find("\n## A configuration\n");
    const std::string fence = "```toml\n";
    const std::size_t start = text.find(fence, chapter) + fence.size();
    EXPECT_NE(chapter, std::string::npos);
    return text.substr(start, text.find("```", start) - start);
}

TEST(Readme, ExampleIsFineAsWritten) {
    EXPECT_EQ(problems(readme_example()), "");
    EXPECT_EQ(loaded(readme_example()).pools.at(0).backends.size(), 3U);
}

TEST(Readme, MistakeIsToldAsShown) {
    const std::string wrong = test::replaced(readme_example(), "weight", "wieght");
    const auto found = examine_text(wrong, "stanzagate.toml").problems;
    ASSERT_EQ(found.size(), 1U);
    EXPECT_NE(test::read_file(SOURCE_DIR "/README.md").find("\n" + found[0].summary() + "\n"),
              std::string::npos)
        << found[0].summary();
}

TEST(ComposeFiles, AreFineAndAgree) {
    const std::string folder = SOURCE_DIR "/conf/compose/";
    const std::string proxy = test::read_file(folder + "stanzagate.toml");
    EXPECT_EQ(problems(proxy), "");
    std::set<std::string> names;
    for (const char* file : {"node1.toml", "node2.toml", "node3.toml"}) {
        const auto [config, found] = examine_nodes_text(test::read_file(folder + file), file);
        EXPECT_TRUE(found.empty()) << found.front().to_string();
        ASSERT_EQ(config.nodes.size(), 1U) << file;
        names.insert(config.nodes[0].name);
        ASSERT_EQ(config.nodes[0].domains, std::vector<std::string>{loaded(proxy).domains[0].name});
    }
    EXPECT_EQ(names.size(), 3U);
}

TEST(ExampleFile, StatesTheDefaultsThatAreBuiltIn) {
    const std::string text = test::read_file(SOURCE_DIR "/conf/example.toml");
    const auto stated = test::state_defaults(text);
    EXPECT_EQ(loaded(stated.text), loaded(text));
    EXPECT_EQ(stated.count, 89U);
}

TEST(ExampleFile, KnowsEveryKey) {
    const std::string text = test::read_file(SOURCE_DIR "/conf/example.toml");
    std::istringstream keys(kKeys);
    for (std::string key; keys >> key;) {
        const bool is_there = text.find("\n" + key + " = ") != std::string::npos ||
                              text.find("\n#" + key + " = ") != std::string::npos;
        EXPECT_TRUE(is_there) << key;
    }
    EXPECT_NE(text.find("threads = "), std::string::npos);
    EXPECT_NE(text.find("srv = "), std::string::npos);
    EXPECT_NE(text.find("origins = "), std::string::npos);
    EXPECT_NE(text.find("before_login = "), std::string::npos);
}

}  // namespace
}  // namespace conf

// The shape of the file: what is right becomes values.

#include "conf/load.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/load_text.h"

namespace conf {
namespace {

using namespace std::chrono_literals;
using namespace test;

// Every table, and most of what may stand in it.
const std::string kWhole = R"(version = 1
[tls]
cert_dir = "certs"               # relative to this file
min_version = "1.3"
record_layer = "openssl"
default = "*.Example.org."
ticket_keys = "/run/keys/tickets"
ticket_lifetime = "1h"
[[listen]]
address = "127.0.0.1:5222"
kind = "c2s"
[[listen]]
address = "[::]:5223"
kind = "c2s-tls"
backlog = 128
[domain."example.org"]
pool = "main"
[domain."*"]
pool = "other"
[pool.main]
balance = "random-two"
connect_timeout = "500ms"
answer_timeout = "5s"
[[pool.main.backend]]
name = "a"
address = "127.0.0.1:15222"
weight = 0
proxy = "v2"
tls = "direct"
ca_file = "ca.pem"
tls_verify = false
max_sessions = 5000
[[pool.main.backend]]
name = "b"
address = "[2001:db8::7]"
proxy = "v1"
tls = "starttls"
[[pool.other.backend]]
address = "Node-A.example.org:5333"
[limits]
registration = "2m"
login = "1m"
handshake = "2s"
close = "250ms"
stanza = "64KB"
depth = 50
attributes = 20
sessions = 1000
buffer_high = "1MiB"
buffer_low = "16KiB"
[log]
format = "json"
level = "debug"
file = "logs/stanzagate.log"
pseudonym_key = "names"
[worker]
threads = 2
[dns]
servers = ["127.0.0.1:5353", "[2001:db8::53]:53", "192.0.2.53", "2001:db8::54"]
[admin]
socket = "run/admin.sock"
state = "state"
)";

TEST(Load, SmallestFileTakesEveryDefault) {
    const Config config = loaded(kSmallest);
    EXPECT_EQ(config.tls.cert_dir, "/etc/stanzagate/certs");
    ASSERT_EQ(config.listen.size(), 1U);
    EXPECT_EQ(config.listen[0].address.to_string(), "127.0.0.1:5222");
    EXPECT_EQ(config.listen[0].kind, ListenKind::c2s);
    EXPECT_EQ(config.domains, (std::vector<Domain>{{"example.org", "main"}}));
    ASSERT_EQ(config.pools.size(), 1U);
    Backend backend;
    backend.name = "127.0.0.1:15222";
    backend.host = "127.0.0.1";
    backend.port = 15222;
    EXPECT_EQ(config.pools[0].backends, std::vector<Backend>{backend});
    EXPECT_EQ(config.limits, Limits{});
    EXPECT_EQ(config.log, Log{});
    EXPECT_EQ(config.worker, Worker{});
    EXPECT_EQ(config.dns, Dns{});
    EXPECT_EQ(config.admin, Admin{});
}

TEST(Load, ReadsTlsAndListeners) {
    const Config config = loaded(kWhole);
    EXPECT_EQ(config.tls.min_version, TlsVersion::v1_3);
    EXPECT_EQ(config.tls.record_layer, RecordLayer::openssl);
    EXPECT_EQ(config.tls.default_domain, "*.example.org");
    EXPECT_EQ(config.tls.ticket_keys, "/run/keys/tickets");
    EXPECT_EQ(config.tls.ticket_lifetime, 1h);
    ASSERT_EQ(config.listen.size(), 2U);
    EXPECT_EQ(config.listen[1].address.to_string(), "[::]:5223");
    EXPECT_EQ(config.listen[1].kind, ListenKind::c2s_tls);
    EXPECT_EQ(config.listen[1].backlog, 128);
}

TEST(Load, ReadsDomainsAndPools) {
    const Config config = loaded(kWhole);
    EXPECT_EQ(config.domains, (std::vector<Domain>{{"example.org", "main"}, {"*", "other"}}));
    ASSERT_EQ(config.pools.size(), 2U);
    const Pool& main = config.pools[0];
    EXPECT_EQ(main.balance, Balance::random_two);
    EXPECT_EQ(main.connect_timeout, 500ms);
    EXPECT_EQ(main.answer_timeout, 5s);
    ASSERT_EQ(main.backends.size(), 2U);
    EXPECT_EQ(main.backends[0], (Backend{.name = "a",
                                         .host = "127.0.0.1",
                                         .port = 15222,
                                         .weight = 0,
                                         .max_sessions = 5000,
                                         .proxy = ProxyProtocol::v2,
                                         .tls = BackendTls::direct,
                                         .ca_file = "/etc/stanzagate/ca.pem",
                                         .tls_verify = false}));
    EXPECT_EQ(main.backends[1], (Backend{.name = "b",
                                         .host = "2001:db8::7",
                                         .proxy = ProxyProtocol::v1,
                                         .tls = BackendTls::starttls}));
    EXPECT_EQ(config.pools[1].backends[0].host, "node-a.example.org");
}

TEST(Load, ReadsWhatConcernsTheProcess) {
    const Config config = loaded(kWhole);
    EXPECT_EQ(config.limits,
              (Limits{60s, 2min, 2s, 250ms, 64'000, 50, 20, 1000, 1024 * 1024, 16 * 1024}));
    EXPECT_EQ(config.log, (Log{LogFormat::json, core::Severity::debug,
                               "/etc/stanzagate/logs/stanzagate.log", "/etc/stanzagate/names"}));
    EXPECT_EQ(config.worker.threads, 2U);
    EXPECT_EQ(config.admin.socket, "/etc/stanzagate/run/admin.sock");
    EXPECT_EQ(config.admin.state, "/etc/stanzagate/state");
}

TEST(Load, ReadsNameServersWithAndWithoutPort) {
    const Config config = loaded(kWhole);
    ASSERT_EQ(config.dns.servers.size(), 4U);
    EXPECT_EQ(config.dns.servers[0].to_string(), "127.0.0.1:5353");
    EXPECT_EQ(config.dns.servers[1].to_string(), "[2001:db8::53]:53");
    EXPECT_EQ(config.dns.servers[2].to_string(), "192.0.2.53:53");
    EXPECT_EQ(config.dns.servers[3].to_string(), "[2001:db8::54]:53");
}

TEST(Load, DomainsBecomeLowerCaseALabels) {
    const Config config = loaded(kSmallest +
                                 "[domain.\"B\xC3\xBC"
                                 "cher.Example\"]\npool = \"main\"\n"
                                 "[domain.\"*.Chat.example\"]\npool = \"main\"\n");
    ASSERT_EQ(config.domains.size(), 3U);
    EXPECT_EQ(config.domains[1].name, "xn--bcher-kva.example");
    EXPECT_EQ(config.domains[2].name, "*.chat.example");
}

TEST(Load, VersionIsRequiredAndKnown) {
    EXPECT_EQ(changed("version = 1\n", ""),
              "1:1: error: \"version\" is missing (write version = 1 at the top of the file)\n");
    EXPECT_EQ(changed("version = 1", "version = 2"),
              "1:11: error: version 2 is not known to this program (it reads version = 1)\n");
    EXPECT_EQ(changed("version = 1", "version = \"1\""),
              "1:11: error: \"version\" must be a whole number, not text (write version = 1 at the "
              "top of the file)\n");
}

TEST(Load, EmptyFileSaysAllThatAWorkingOneNeeds) {
    const std::string found = problems("");
    for (const char* needed :
         {"\"version\" is missing", "\"listen\" is missing", "\"domain\" is missing",
          "\"pool\" is missing", "\"tls.cert_dir\" is missing"}) {
        EXPECT_NE(found.find(needed), std::string::npos) << needed;
    }
}

TEST(Load, PathsStartAtTheFolderOfTheFile) {
    EXPECT_EQ(examine_text(kSmallest, "stanzagate.toml").config.tls.cert_dir, "certs");
    EXPECT_EQ(examine_text(kSmallest, "../etc/stanzagate.toml").config.tls.cert_dir,
              "../etc/certs");
}

TEST(Load, InlineTablesAndDottedKeysSayTheSame) {
    const Config config = loaded(R"(version = 1
tls.cert_dir = "certs"
listen = [{address = "127.0.0.1:5222"}]
domain."example.org".pool = "main"
pool.main.backend = [{address = "127.0.0.1:15222"}]
)");
    EXPECT_EQ(config, loaded(kSmallest));
}

TEST(Load, SkipsByteOrderMarkAndTakesCarriageReturns) {
    std::string text = "\xEF\xBB\xBF" + kSmallest;
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2)
        text.insert(at, 1, '\r');
    EXPECT_EQ(loaded(text), loaded(kSmallest));
    EXPECT_EQ(problems("\xEF\xBB\xBFversion = 2\n").substr(0, 4),
              "1:1:");  // the missing ones come first
    EXPECT_NE(problems("\xEF\xBB\xBFversion = 2\n").find("1:11: error: version 2"),
              std::string::npos);
}

TEST(Load, FileThatCannotBeReadIsAProblem) {
    const auto only_problem = [](const char* file) {
        const auto found = examine(file).problems;
        EXPECT_EQ(found.size(), 1U) << file;
        return found.empty() ? "" : found[0].summary();
    };
    EXPECT_EQ(only_problem("/nonexistent/stanzagate.toml"),
              "/nonexistent/stanzagate.toml:1:1: error: cannot be read: No such file or directory "
              "(check that the name is right)");
    EXPECT_EQ(only_problem("/"), "/:1:1: error: this is a folder (name the file inside it)");
    EXPECT_EQ(only_problem("/dev/zero"),
              "/dev/zero:1:1: error: larger than 4 MiB (is this the right file?)");
    EXPECT_EQ(
        only_problem("/dev/null/a.toml"),
        "/dev/null/a.toml:1:1: error: cannot be read: Not a directory (check that the name is "
        "right)");
}

}  // namespace
}  // namespace conf

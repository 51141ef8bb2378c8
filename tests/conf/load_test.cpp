// Aim: the shape of the file. What is right becomes values; what is wrong is reported with its
// place, all of it in one run, and says what to write.

#include "conf/load.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "conf/findings.h"

namespace conf {
namespace {

using namespace std::chrono_literals;

// Nothing that could be left out.
const std::string kSmallest = R"(version = 1
[tls]
cert_dir = "certs"
[[listen]]
address = "127.0.0.1:5222"
[domain."example.org"]
pool = "main"
[[pool.main.backend]]
address = "127.0.0.1:15222"
)";

Config loaded(const std::string& text) {
    auto result = load_text(text, "/etc/stanzagate/stanzagate.toml");
    if (!result) {
        for (const Problem& problem : result.error()) ADD_FAILURE() << problem.to_string();
        return {};
    }
    return std::move(result).value();
}

/// Summaries without the file's name: "14:1: error: ...".
std::vector<std::string> problems(const std::string& text) {
    std::vector<std::string> all;
    for (const Problem& problem : examine_text(text, "f").problems)
        all.push_back(problem.summary().substr(2));
    return all;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + '\n';
    return text;
}

/// The problems of kSmallest with `from` replaced by `to`.
std::string changed(const std::string& from, const std::string& to) {
    std::string text = kSmallest;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return joined(problems(text.replace(at, from.size(), to)));
}

/// The problems of kSmallest with `more` behind it (its first line is line 10).
std::string with(const std::string& more) {
    return joined(problems(kSmallest + more));
}

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

TEST(Load, ReadsTheWholeShape) {
    const Config config = loaded(R"(version = 1
[tls]
cert_dir = "certs"               # relative to this file
min_version = "1.3"
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
[worker]
threads = 2
[dns]
servers = ["127.0.0.1:5353", "[2001:db8::53]:53", "192.0.2.53", "2001:db8::54"]
[admin]
socket = "run/admin.sock"
)");
    EXPECT_EQ(config.tls.min_version, TlsVersion::v1_3);
    EXPECT_EQ(config.tls.ticket_keys, "/run/keys/tickets");
    EXPECT_EQ(config.tls.ticket_lifetime, 1h);
    ASSERT_EQ(config.listen.size(), 2U);
    EXPECT_EQ(config.listen[1].address.to_string(), "[::]:5223");
    EXPECT_EQ(config.listen[1].kind, ListenKind::c2s_tls);
    EXPECT_EQ(config.listen[1].backlog, 128);
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
    EXPECT_EQ(config.limits,
              (Limits{60s, 2s, 250ms, 64'000, 50, 20, 1000, 1024 * 1024, 16 * 1024}));
    EXPECT_EQ(config.log,
              (Log{LogFormat::json, LogLevel::debug, "/etc/stanzagate/logs/stanzagate.log"}));
    EXPECT_EQ(config.worker.threads, 2U);
    ASSERT_EQ(config.dns.servers.size(), 4U);
    EXPECT_EQ(config.dns.servers[0].to_string(), "127.0.0.1:5353");
    EXPECT_EQ(config.dns.servers[1].to_string(), "[2001:db8::53]:53");
    EXPECT_EQ(config.dns.servers[2].to_string(), "192.0.2.53:53");
    EXPECT_EQ(config.dns.servers[3].to_string(), "[2001:db8::54]:53");
    EXPECT_EQ(config.admin.socket, "/etc/stanzagate/run/admin.sock");
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

TEST(Load, ReportsEveryProblemInOneRunInOrderOfTheFile) {
    const auto found = problems(R"(version = 1
[tls]
cert_dirr = "certs"
[[listen]]
address = "127.0.0.1"
kind = "web"
[domain."example.org"]
pool = "mian"
[pool.main]
balance = "least_sessions"
[[pool.main.backend]]
name = "a"
address = "127.0.0.1:15222"
wieght = 100
weight = 70000
[limits]
login = 30
stanza = 262144
)");
    EXPECT_EQ(
        joined(found),
        joined({
            R"(2:2: error: "tls.cert_dir" is missing (add [tls] with cert_dir = "certs"; it holds DOMAIN/fullchain.pem and DOMAIN/privkey.pem))",
            R"(3:1: error: tls: unknown key "cert_dirr" (did you mean "cert_dir"?))",
            R"(5:11: error: listen "127.0.0.1": a port is missing (write "127.0.0.1:5222"))",
            R"(6:8: error: listen "127.0.0.1": "kind" = "web" is not in this version (write one of "c2s", "c2s-tls"))",
            R"(8:8: error: domain "example.org": there is no pool "mian" (did you mean "main"?))",
            R"(9:7: warning: pool.main: no domain uses this pool (add [domain."example.org"] with pool = "main"))",
            R"(10:11: error: pool.main: unknown "balance" "least_sessions" (did you mean "least-sessions"? write one of "least-sessions", "round-robin", "random-two", "hash-user", "hash-ip"))",
            R"(14:1: error: pool.main.backend "a": unknown key "wieght" (did you mean "weight"?))",
            R"(15:10: error: pool.main.backend "a": "weight" is out of range (write a number from 0 to 65535))",
            R"(17:9: error: limits: "login" needs a unit (write "30s"))",
            R"(18:10: error: limits: "stanza" needs a unit (write "256KiB"))",
        }));
}

TEST(Load, DrawsThePlaceBelowTheSentence) {
    const auto found = examine_text(kSmallest + "\twieght = 100\n", "/etc/sg.toml").problems;
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].key, "pool.main.backend[0].wieght");
    EXPECT_EQ(
        found[0].to_string(),
        "/etc/sg.toml:10:2: error: pool.main.backend \"127.0.0.1:15222\": unknown key \"wieght\" "
        "(did you mean \"weight\"?)\n"
        " 10 |  wieght = 100\n"
        "    |  ^~~~~~");
}

TEST(Load, ColumnsCountCharacters) {
    const auto found = problems(kSmallest +
                                "[domain.\"b\xC3\xBC"
                                "cher.example\".x]\n");
    ASSERT_FALSE(found.empty());
    EXPECT_TRUE(found[0].starts_with("10:10: ")) << found[0];
    EXPECT_NE(joined(found).find("10:26: error: domain"), std::string::npos) << joined(found);
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
    const std::string found = joined(problems(""));
    for (const char* needed :
         {"\"version\" is missing", "\"listen\" is missing", "\"domain\" is missing",
          "\"pool\" is missing", "\"tls.cert_dir\" is missing"}) {
        EXPECT_NE(found.find(needed), std::string::npos) << needed;
    }
}

TEST(Load, TimesNeedUnitsAndRanges) {
    EXPECT_EQ(with("[limits]\nlogin = 30\n"),
              "11:9: error: limits: \"login\" needs a unit (write \"30s\")\n");
    EXPECT_EQ(with("[limits]\nlogin = \"30\"\n"),
              "11:9: error: limits: \"login\" is no time: \"30\" (write login = \"30s\"; units are "
              "ms, s, m, h, d)\n");
    EXPECT_EQ(with("[limits]\nlogin = \"1ms\"\n"),
              "11:9: error: limits: \"login\" is out of range (write a time from \"100ms\" to "
              "\"10m\")\n");
    EXPECT_EQ(with("[limits]\nlogin = \"99999999999999999999h\"\n"),
              "11:9: error: limits: \"login\" is out of range (write a time from \"100ms\" to "
              "\"10m\")\n");
    EXPECT_EQ(with("[limits]\nlogin = true\n"),
              "11:9: error: limits: \"login\" must be text, not true or false "
              "(write login = \"30s\"; units are ms, s, m, h, d)\n");
}

TEST(Load, SizesNeedUnitsAndRanges) {
    EXPECT_EQ(with("[limits]\nstanza = 10000\n"),
              "11:10: error: limits: \"stanza\" needs a unit (write \"10KB\")\n");
    EXPECT_EQ(with("[limits]\nstanza = \"9999B\"\n"),  // RFC 6120 section 13.12
              "11:10: error: limits: \"stanza\" is out of range (write a size from \"10KB\" to "
              "\"64MiB\")\n");
    EXPECT_EQ(loaded(kSmallest + "[limits]\nstanza = \"10000B\"\n").limits.stanza, 10'000U);
    EXPECT_EQ(with("[limits]\nstanza = \"big\"\n"),
              "11:10: error: limits: \"stanza\" is no size: \"big\" "
              "(write stanza = \"256KiB\"; units are B, KB, KiB, MB, MiB)\n");
}

TEST(Load, NumbersHaveRanges) {
    EXPECT_EQ(with("weight = -1\n"),
              "10:10: error: pool.main.backend \"127.0.0.1:15222\": \"weight\" is out of range "
              "(write a number from 0 to 65535)\n");
    EXPECT_NE(with("[worker]\nthreads = 0\n").find("write a number from 1 to 256"),
              std::string::npos);
    EXPECT_NE(with("[worker]\nthreads = 257\n").find("write a number from 1 to 256"),
              std::string::npos);
    EXPECT_EQ(loaded(kSmallest + "[worker]\nthreads = 256\n").worker.threads, 256U);
    EXPECT_NE(with("[worker]\nthreads = 99999999999999999999\n").find("out of range"),
              std::string::npos);
    EXPECT_NE(
        with("[worker]\nthreads = 2.0\n").find("must be a whole number, not a number with a point"),
        std::string::npos);
}

TEST(Load, WordsOutsideTheirListNameTheNearOne) {
    EXPECT_NE(with("proxy = \"v3\"\n")
                  .find("unknown \"proxy\" \"v3\" (write one of \"off\", \"v1\", \"v2\")"),
              std::string::npos);
    EXPECT_NE(with("tls = \"start-tls\"\n").find("did you mean \"starttls\"?"), std::string::npos);
    EXPECT_NE(with("[log]\nlevel = \"warning\"\n").find("did you mean \"warn\"?"),
              std::string::npos);
    EXPECT_NE(
        with("tls = 1\n").find("\"tls\" must be text, not a whole number (write tls = \"off\")"),
        std::string::npos);
}

TEST(Load, KeysOfLaterVersionsAreNamedAsSuch) {
    EXPECT_EQ(with("[cluster]\n"),
              "10:2: error: table \"cluster\" is not in this version (remove it)\n");
    for (const char* kind : {"s2s", "s2s-tls", "web"}) {
        EXPECT_NE(changed("5222\"\n", "5222\"\nkind = \"" + std::string(kind) + "\"\n")
                      .find("is not in this version"),
                  std::string::npos);
    }
}

TEST(Load, UnknownTablesNameTheNearOne) {
    EXPECT_EQ(with("[limit]\n"),
              "10:2: error: unknown table \"limit\" (did you mean \"limits\"?)\n");
    EXPECT_NE(with("[domain.\"a.example\"]\npool = \"main\"\n[domain.\"a.example\".extra]\nx = 1\n")
                  .find("12:21: error: domain \"a.example\": unknown table \"extra\""),
              std::string::npos);
}

TEST(Load, TablesAndArraysOfTablesAreToldApart) {
    EXPECT_NE(
        changed("[[listen]]", "[listen]")
            .find(
                "\"listen\" must be an array, not a table (write [[listen]] on a line of its own)"),
        std::string::npos);
    EXPECT_NE(changed("[tls]", "[[tls]]").find("\"tls\" must be a table, not an array"),
              std::string::npos);
    EXPECT_NE(changed("[[pool.main", "[pool]\nspare = 5\n[[pool.main")
                  .find("\"pool.spare\" must be a table, not a whole number"),
              std::string::npos);
    EXPECT_NE(with("[[pool.spare.backend]]\naddress = \"127.0.0.2:1\"\n[domain]\nx = \"main\"\n")
                  .find("must be a table, not text"),
              std::string::npos);
}

TEST(Load, ListenAddressesNeedAnAddressAndAPort) {
    const auto found = [](const std::string& address) {
        return changed("127.0.0.1:5222", address);
    };
    EXPECT_NE(found("0.0.0.0").find("a port is missing (write \"0.0.0.0:5222\")"),
              std::string::npos);
    EXPECT_NE(found("[::]").find("a port is missing (write \"[::]:5222\")"), std::string::npos);
    EXPECT_NE(found("::1:5222").find("an IPv6 address needs brackets (write \"[::1]:5222\")"),
              std::string::npos);
    EXPECT_NE(found("2001:db8::1").find("write \"[2001:db8::1]:5222\""), std::string::npos);
    EXPECT_NE(found("localhost:5222").find("\"localhost\" is no IP address"), std::string::npos);
    EXPECT_NE(found("127.0.0.1:0").find("\"0\" is no port from 1 to 65535"), std::string::npos);
    EXPECT_NE(found("127.0.0.1:65536").find("\"65536\" is no port"), std::string::npos);
    EXPECT_NE(found("[::1]5222").find("is no IP address"), std::string::npos);
    EXPECT_NE(found("[::1").find("is no IP address"), std::string::npos);
    EXPECT_NE(changed("address = \"127.0.0.1:5222\"\n", "").find("\"address\" is missing"),
              std::string::npos);
}

TEST(Load, BackendAddressesAreHostsWithOrWithoutPort) {
    const auto found = [](const std::string& address) {
        return changed("127.0.0.1:15222", address);
    };
    EXPECT_EQ(found("node-a.example.org"), "");
    EXPECT_NE(found("xmpp node:5222").find("is neither an IP address nor a host name"),
              std::string::npos);
    EXPECT_NE(
        found("10.0.0.300:5222").find("\"10.0.0.300\" is neither an IP address nor a host name"),
        std::string::npos);
    EXPECT_NE(found("a:").find("a port is missing"), std::string::npos);
    EXPECT_NE(found(":5222").find("neither"), std::string::npos);
    EXPECT_NE(found("a:http").find("\"http\" is no port"), std::string::npos);
    EXPECT_NE(found("::1").find("needs brackets (write \"[::1]:5222\")"), std::string::npos);
    EXPECT_NE(found("[node]:5222").find("neither"), std::string::npos);
}

TEST(Load, DomainNamesAreNamesOrOneLeadingStar) {
    for (const char* wrong :
         {"*.*.x", "a.*.x", "*.", "*x", "", "-a.example", "a b", "*.127.0.0.1"}) {
        const std::string found = changed("example.org", wrong);
        EXPECT_NE(found.find("not a domain name"), std::string::npos) << wrong << found;
    }
    for (const char* right : {"*", "*.example.org", "127.0.0.1", "example.org."}) {
        EXPECT_EQ(changed("example.org", right), "") << right;
    }
}

TEST(Load, DnsServersAreAddresses) {
    const auto found = [](const std::string& value) {
        return with("[dns]\nservers = " + value + "\n");
    };
    EXPECT_EQ(found("[]"), "");
    EXPECT_EQ(found("\"127.0.0.1\""),
              "11:11: error: dns: \"servers\" must be an array, not text (write servers = "
              "[\"127.0.0.1:53\"])\n");
    EXPECT_EQ(found("[\"127.0.0.1\", 53]"),
              "11:25: error: dns: \"servers\" holds a whole number, not text (write servers = "
              "[\"127.0.0.1:53\"])\n");
    EXPECT_EQ(found("[\"127.0.0.1\", \"resolver.example.org:53\"]"),
              "11:25: error: dns: \"resolver.example.org:53\" is no IP address (write "
              "\"127.0.0.1:53\" or \"[2001:db8::53]:53\")\n");
    EXPECT_EQ(found("[\"[::1]:x\"]"),
              "11:12: error: dns: \"x\" is no port from 1 to 65535 (write \"[::1]:53\")\n");
    EXPECT_NE(found("[\"127.0.0.1:\"]").find("is no port"), std::string::npos);
    EXPECT_NE(found("[\"127.0.0.1:0\"]").find("is no port"), std::string::npos);
    std::string nine = "[";
    for (int i = 1; i <= 9; ++i) nine += "\"127.0.0." + std::to_string(i) + "\",";
    EXPECT_NE(found(nine + "]").find("\"servers\" holds more than 8 (keep the first 8)"),
              std::string::npos);
}

TEST(Load, PathOfTheAdminSocketFitsASocketAddress) {
    const auto found = [](std::size_t size) {
        return with("[admin]\nsocket = \"/" + std::string(size - 1, 'x') + "\"\n");
    };
    EXPECT_EQ(found(107), "");
    EXPECT_NE(found(108).find("is longer than the 107 bytes that a socket's path may have (write a "
                              "shorter one, like \"/run/stanzagate/admin.sock\")"),
              std::string::npos);
    EXPECT_EQ(with("[admin]\nhttp = \"127.0.0.1:9280\"\n"),
              "11:1: error: admin: key \"http\" is not in this version (remove it)\n");
}

TEST(Load, NamesAreFitForLogLines) {
    EXPECT_NE(with("name = \"a b\"\n").find("10:8: error"), std::string::npos);
    EXPECT_NE(with("name = \"\"\n").find("10:8: error"), std::string::npos);
    EXPECT_NE(with("[[pool.\"x/y\".backend]]\naddress = \"127.0.0.2:1\"\n")
                  .find("a name of 1 to 64 bytes"),
              std::string::npos);
}

TEST(Load, PathsStartAtTheFolderOfTheFile) {
    EXPECT_EQ(load_text(kSmallest, "stanzagate.toml").value().tls.cert_dir, "certs");
    EXPECT_EQ(load_text(kSmallest, "../etc/stanzagate.toml").value().tls.cert_dir, "../etc/certs");
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
    EXPECT_EQ(joined(problems("\xEF\xBB\xBFversion = 2\n")).substr(0, 4),
              "1:1:");  // the missing ones come first
    EXPECT_NE(joined(problems("\xEF\xBB\xBFversion = 2\n")).find("1:11: error: version 2"),
              std::string::npos);
}

TEST(Load, FileThatCannotBeReadIsAProblem) {
    const auto missing = load("/nonexistent/stanzagate.toml");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().at(0).summary(),
              "/nonexistent/stanzagate.toml:1:1: error: cannot be read: No such file or directory");
    const auto folder = load("/");
    ASSERT_FALSE(folder);
    EXPECT_NE(folder.error().at(0).what.find("folder"), std::string::npos);
    const auto endless = load("/dev/zero");
    ASSERT_FALSE(endless);
    EXPECT_EQ(endless.error().at(0).what, "larger than 4 MiB");
}

TEST(Load, ShowsAHundredProblemsAndCountsTheRest) {
    std::string more;
    for (int i = 0; i < 150; ++i) more += "[zzz" + std::to_string(i) + "]\n";
    const auto found = problems(kSmallest + more);
    ASSERT_EQ(found.size(), Findings::kMostProblems + 1);
    EXPECT_NE(found.back().find("50 more problems are not shown"), std::string::npos);
}

TEST(Load, NeverShowsControlCharactersOfTheFile) {
    for (const Problem& problem :
         examine_text(kSmallest + "\"\\u001B[2J\\u009B\" = 1\n# \x1B]0;x\x07\nx = \x1B\n", "f")
             .problems) {
        EXPECT_EQ(problem.to_string().find('\x1B'), std::string::npos);
        EXPECT_EQ(problem.to_string().find("\xC2\x9B"), std::string::npos);
    }
}

// --- the shipped reference
// --------------------------------------------------------------------------------

std::string read(const std::string& path) {
    std::ifstream input(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(input), {}};
}

TEST(ExampleFile, IsFine) {
    EXPECT_EQ(joined(problems(read(SOURCE_DIR "/conf/example.toml"))), "");
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

// Aim: what `check` suggests is what was meant, never its opposite, and what follows from a mistake
// is not said beside it. Each row is what an operator wrote and all that is said of it: here
// addresses, names and tables.

#include <gtest/gtest.h>

#include <array>

#include "tests/conf/suggestions_scene.h"

namespace conf {
namespace {

using namespace conf::test;

TEST(Suggestions, ListenAddresses) {
    const std::string any =
        " (write \"0.0.0.0:27540\" for all of IPv4, \"[::]:27540\" for all of IPv4 and IPv6)\n";
    for (const auto& [written, told] : {
             Row{"localhost:27540",
                 "\"localhost\" is no IP address (write \"127.0.0.1:27540\" or \"[::1]:27540\")\n"},
             {"*:27540", "\"*\" is no IP address" + any},
             {":27540", "\"\" is no IP address" + any},
             {"27540", "\"27540\" is no IP address" + any},
             {"tcp://10.0.0.1:27540",
              "\"tcp://10.0.0.1\" is no IP address (write \"10.0.0.1:27540\")\n"},
             {"10.0.0.1 :27540", "\"10.0.0.1 \" is no IP address (write \"10.0.0.1:27540\")\n"},
             {"10.0.0.1: 27540",
              "\" 27540\" is no port from 1 to 65535 (write \"10.0.0.1:27540\")\n"},
             {"10.0.0.1 27540", "\"10.0.0.1 27540\" is no IP address (write \"10.0.0.1:27540\")\n"},
             {" 10.0.0.1:27540", "\" 10.0.0.1\" is no IP address (write \"10.0.0.1:27540\")\n"},
             {"chat.test:27540",
              "\"chat.test\" is no IP address (names are not looked up here: write an IP address "
              "of "
              "this machine, like \"192.0.2.10:27540\")\n"},
             {"10.0.0.1,10.0.0.2:27540",
              "\"10.0.0.1,10.0.0.2\" is no IP address (write one address; others have tables of "
              "their own)\n"},
         }) {
        EXPECT_EQ(changed("127.0.0.1:5222", written),
                  "5:11: error: listen \"" + written + "\": " + told);
    }
    EXPECT_EQ(changed("\"127.0.0.1:5222\"", "27540"),
              "5:11: error: listen: \"address\" must be text, not a whole number (write address = "
              "\"0.0.0.0:27540\")\n");
}

TEST(Suggestions, BackendAddresses) {
    const std::string none = " is neither an IP address nor a host name ";
    for (const auto& [written, told] : {
             Row{"tcp://10.0.0.1:27540",
                 "\"tcp://10.0.0.1\"" + none + "(write \"10.0.0.1:27540\")\n"},
             {"xmpp://chat.test",
              "\"//chat.test\" is no port from 1 to 65535 (write \"chat.test:5222\")\n"},
             {"*:27540",
              "\"*\"" + none + "(write where the XMPP server is, like \"10.0.0.11:27540\")\n"},
             {":27540",
              "\"\"" + none + "(write where the XMPP server is, like \"10.0.0.11:27540\")\n"},
             {"chat.test :27540", "\"chat.test \"" + none + "(write \"chat.test:27540\")\n"},
             {"chat.test: 27540",
              "\" 27540\" is no port from 1 to 65535 (write \"chat.test:27540\")\n"},
             {"10.0.0.300:27540",
              "\"10.0.0.300\"" + none +
                  "(write \"10.0.0.11:27540\" or \"node-a.example.org:27540\")\n"},
         }) {
        EXPECT_EQ(pool_problems(replaced(kNamelessBackend, "127.0.0.1:15222", written)),
                  "9:11: error: pool.main.backend \"" + written + "\": " + told);
    }
    EXPECT_EQ(
        with("[dns]\nservers = [\"localhost:5353\"]\n"),
        "11:12: error: dns: \"localhost:5353\" is no IP address (write \"127.0.0.1:5353\")\n");
    EXPECT_EQ(with("[dns]\nservers = \"10.0.0.1, 10.0.0.2\"\n"),
              "11:11: error: dns: \"servers\" must be an array, not text (write servers = "
              "[\"10.0.0.1\", \"10.0.0.2\"])\n");
}

TEST(Suggestions, DomainsNeedQuotesAndAreNames) {
    for (const auto& [written, told] : {
             Row{"[domain.chat.test]\npool = \"main\"\n",
                 "6:1: error: domain \"chat.test\": a name with dots needs quotes (write "
                 "[domain.\"chat.test\"])\n"},
             {"[domain.a.chat.test]\npool = \"main\"\n[domain.b.chat.test]\npool = \"main\"\n",
              "6:1: error: domain \"a.chat.test\": a name with dots needs quotes (write "
              "[domain.\"a.chat.test\"])\n"
              "8:1: error: domain \"b.chat.test\": a name with dots needs quotes (write "
              "[domain.\"b.chat.test\"])\n"},
             {"[domain.chat]\npool = \"main\"\n[domain.chat.test]\npool = \"main\"\n",
              "8:1: error: domain \"chat.test\": a name with dots needs quotes (write "
              "[domain.\"chat.test\"])\n"},
             {"[domain]\nchat.test = \"main\"\n",
              "7:6: error: domain \"chat.test\": a name with dots needs quotes (write "
              "[domain.\"chat.test\"] with pool = \"main\")\n"},
             {"[domain]\n\"chat.test\" = \"main\"\n",
              "7:15: error: \"domain.\"chat.test\"\" must be a table, not text (write a header "
              "like "
              "[domain.\"chat.test\"], and pool = \"main\" below it)\n"},
             {"[domain.\"*chat.test\"]\npool = \"main\"\n",
              "6:10: error: domain \"*chat.test\": not a domain name (write "
              "[domain.\"*.chat.test\"])\n"},
             {"[domain.\"romeo@chat.test\"]\npool = \"main\"\n",
              "6:10: error: domain \"romeo@chat.test\": not a domain name (write "
              "[domain.\"chat.test\"])\n"},
             {"[domain.\"https://chat.test/\"]\npool = \"main\"\n",
              "6:10: error: domain \"https://chat.test/\": not a domain name (write "
              "[domain.\"chat.test\"])\n"},
             {"[domain.\"chat.test:5222\"]\npool = \"main\"\n",
              "6:10: error: domain \"chat.test:5222\": not a domain name (write "
              "[domain.\"chat.test\"])\n"},
             {"[domain.\" chat.test\"]\npool = \"main\"\n",
              "6:10: error: domain \" chat.test\": not a domain name (write "
              "[domain.\"chat.test\"])\n"},
             {"[[domain]]\nname = \"chat.test\"\npool = \"main\"\n",
              "6:1: error: \"domain\" must be a table, not an array (write [domain.\"chat.test\"] "
              "on a "
              "line of its own)\n"},
         }) {
        EXPECT_EQ(problems(kHead + written + kNamelessBackend), told) << written;
    }
}

TEST(Suggestions, NamesOfPools) {
    const std::string mian = replaced(kNamelessBackend, "main", "mian");
    EXPECT_EQ(
        pool_problems(mian),
        "8:8: error: pool.mian: no domain uses this pool (did you mean \"main\", which domain "
        "\"example.org\" names?)\n");
    EXPECT_EQ(
        pool_problems("[pool.main]\npanic = 5\n" + mian),
        "10:8: error: pool.mian: no domain uses this pool (did you mean \"main\", which has no "
        "backend?)\n");
    EXPECT_EQ(
        problems(kHead + replaced(kDomain, "\"main", "\"mian") + kNamelessBackend),
        "7:8: error: domain \"example.org\": there is no pool \"mian\" (did you mean \"main\"?)\n");
    // What is written more often is right.
    const std::string twice =
        "[domain.\"example.org\"]\npool = \"prod\"\n[domain.\"b.example\"]\npool = \"prod\"\n";
    EXPECT_EQ(
        problems(kHead + twice + replaced(kNamelessBackend, "main", "pord")),
        "10:8: error: pool.pord: no domain uses this pool (did you mean \"prod\", which domain "
        "\"example.org\" names?)\n");
    EXPECT_EQ(pool_problems("[[backend]]\naddress = \"10.0.0.1:5222\"\n"),
              "8:3: error: unknown table \"backend\" (write [[pool.main.backend]])\n");
    EXPECT_EQ(pool_problems("[[pool.backend]]\naddress = \"10.0.0.1:5222\"\n"),
              "8:1: error: pool.backend: the name of the pool is missing (write "
              "[[pool.main.backend]])\n");
    EXPECT_EQ(
        pool_problems("[[pool]]\nname = \"main\"\n"),
        "8:1: error: \"pool\" must be a table, not an array (write [pool.main] on a line of its "
        "own)\n");
    EXPECT_EQ(pool_problems("[[pools.main.backend]]\naddress = \"10.0.0.1:5222\"\n"),
              "8:3: error: unknown table \"pools\" (did you mean \"pool\"?)\n");
}

TEST(Suggestions, KeysInTheWrongTable) {
    const std::string a = "11:1: error: pool.main.backend \"a\": unknown key ";
    for (const auto& [written, told] : {
             Row{"every = \"5s\"", a + "\"every\" (it belongs in [pool.main.health])\n"},
             {"balance = \"hash-ip\"", a + "\"balance\" (it belongs in [pool.main])\n"},
             {"cert_dir = \"certs\"", a + "\"cert_dir\" (it belongs in [tls])\n"},
             {"version = 1",
              a + "\"version\" (it belongs at the top of the file, above the first [table])\n"},
             {"port = 5300", a + "\"port\" (write address = \"127.0.0.1:5300\")\n"},
             {"server = \"x\"", a + "\"server\" (write address = \"127.0.0.1:15222\")\n"},
             {"key = \"key.pem\"", a + "\"key\" (remove it: backends are shown no certificate; "
                                       "those for clients stand in "
                                       "[tls] cert_dir)\n"},
             {"ssl = true", a + "\"ssl\" (write tls = \"starttls\" or tls = \"direct\")\n"},
             {"send-proxy = true", a + "\"send-proxy\" (write proxy = \"v2\")\n"},
             {"[health]\nevery = \"5s\"",
              "11:2: error: unknown table \"health\" (write [pool.main.health])\n"},
             {"[pool.health]\nevery = \"5s\"",
              "11:1: error: pool.health: the name of the pool is missing (write "
              "[pool.main.health])\n"},
             {"[pool.main.health]\nweight = 5",
              "12:1: error: pool.main.health: unknown key \"weight\" (it belongs in "
              "[[pool.main.backend]])\n"},
             {"[pool.main.health]\ninterval = \"5s\"",
              "12:1: error: pool.main.health: unknown key \"interval\" (write every)\n"},
             {"[[bakend]]\naddress = \"10.0.0.1\"",
              "11:3: error: unknown table \"bakend\" (did you mean [[pool.main.backend]]?)\n"},
             {"[log]\nsocket = \"x\"",
              "12:1: error: log: unknown key \"socket\" (it belongs in [admin])\n"},
             {"[limits]\nwieght = 5",
              "12:1: error: limits: unknown key \"wieght\" (did you mean \"weight\" in "
              "[[pool.NAME.backend]]?)\n"},
         }) {
        EXPECT_EQ(of_backend(written), told) << written;
    }
    EXPECT_EQ(of_backend("pool.main.panic = 5"),
              "11:1: error: pool.main.backend \"a\": unknown table \"pool\" (write [pool.main])\n");
    // What may mean anything is not sent away.
    EXPECT_EQ(of_backend("[dns]\nfile = \"x\""),
              "12:1: error: dns: unknown key \"file\" (known here: \"servers\")\n");
    EXPECT_EQ(pool_problems(kBackend + "[domain.\"b.example\"]\npool = \"main\"\nname = \"b\"\n"),
              "13:1: error: domain \"b.example\": unknown key \"name\" (known here: \"pool\")\n");
    EXPECT_EQ(
        pool_problems("[pool.main]\naddress = \"10.0.0.1\"\nweight = 5\n"),
        "9:1: error: pool.main: unknown key \"address\" (it belongs in [[pool.main.backend]])\n"
        "10:1: error: pool.main: unknown key \"weight\" (it belongs in [[pool.main.backend]])\n");
    EXPECT_EQ(pool_problems("[[pool.main.backend]]\nhost = \"10.0.0.1\"\nport = 5300\n"),
              "9:1: error: pool.main.backend[0]: unknown key \"host\" (write address = "
              "\"10.0.0.1:5300\")\n"
              "10:1: error: pool.main.backend[0]: unknown key \"port\" (write address = "
              "\"10.0.0.1:5300\")\n");
}

TEST(Suggestions, TablesThatAreMistypedStandAlone) {
    for (const auto& [written, told] : {
             Row{"cert_dir = \"certs\"\n[[listen]]\naddress = \"127.0.0.1:5222\"\n",
                 "2:1: error: unknown key \"cert_dir\" (it belongs in [tls])\n"},
             {"[tsl]\ncert_dir = \"certs\"\n[[listen]]\naddress = \"127.0.0.1:5222\"\n",
              "2:2: error: unknown table \"tsl\" (did you mean \"tls\"?)\n"},
             {"[tls]\ncert_dir = \"certs\"\n[[listn]]\naddress = \"127.0.0.1:5222\"\n",
              "4:3: error: unknown table \"listn\" (did you mean \"listen\"?)\n"},
             {"[tls]\ncert_dri = \"certs\"\n[[listen]]\naddress = \"127.0.0.1:5222\"\n",
              "3:1: error: tls: unknown key \"cert_dri\" (did you mean \"cert_dir\"?)\n"},
             {"[tls]\ncert_dir = \"certs\"\n[[listen]]\nport = 27540\n",
              "5:1: error: listen: unknown key \"port\" (write address = \"0.0.0.0:27540\")\n"},
             {"[tls]\ncert = \"cert.pem\"\n[[listen]]\naddress = \"127.0.0.1:5222\"\n",
              "3:1: error: tls: unknown key \"cert\" (certificates stand in the folder of [tls] "
              "cert_dir, as DOMAIN/fullchain.pem and DOMAIN/privkey.pem)\n"},
             {"[tls]\ncert_dir = \"certs\"\n[[listen]]\naddress = \"127.0.0.1:5222\"\ntls = true\n",
              "6:1: error: listen \"127.0.0.1:5222\": unknown key \"tls\" (write kind = "
              "\"c2s-tls\" "
              "for direct TLS, \"c2s\" for STARTTLS)\n"},
             {"listen = \"127.0.0.1:27540\"\n[tls]\ncert_dir = \"certs\"\n",
              "2:10: error: \"listen\" must be an array, not text (write [[listen]] on a line of "
              "its "
              "own, and address = \"127.0.0.1:27540\" below it)\n"},
         }) {
        EXPECT_EQ(problems("version = 1\n" + written + kDomain + kNamelessBackend), told)
            << written;
    }
    EXPECT_EQ(problems(replaced(kSmallest, "[domain.", "[domains.")),
              "6:2: error: unknown table \"domains\" (did you mean \"domain\"?)\n");
    EXPECT_EQ(problems(replaced(kSmallest, "version", "Version")),
              "1:1: error: unknown key \"Version\" (did you mean \"version\"?)\n");
}

TEST(Suggestions, NothingFollowsFromAValueThatIsNotRead) {
    EXPECT_EQ(
        of_backend("tls = true\nca_file = \"ca.pem\"\ntls_verify = false"),
        "11:7: error: pool.main.backend \"a\": \"tls\" must be text, not true or false (write tls "
        "= \"starttls\" or \"direct\")\n");
    EXPECT_EQ(
        of_backend("tls_verify = \"yes\""),
        "11:14: error: pool.main.backend \"a\": \"tls_verify\" must be true or false, not text "
        "(write tls_verify = true)\n");
    EXPECT_EQ(
        of_backend("proxy = true\nchannel_binding = true"),
        "11:9: error: pool.main.backend \"a\": \"proxy\" must be text, not true or false (write "
        "proxy = \"v2\")\n");
    EXPECT_EQ(pool_problems(kBackend + "[pool.main.health]\nevery = \"1min\"\ntimeout = \"20s\"\n"),
              "12:9: error: pool.main.health: \"every\" is no time: \"1min\" (write \"1m\")\n");
    EXPECT_EQ(
        with("[limits]\nlogin = \"5min\"\nhandshake = \"1m\"\nbuffer_high = \"1 MB\"\nbuffer_low = "
             "\"512KiB\"\n"),
        "11:9: error: limits: \"login\" is no time: \"5min\" (write \"5m\")\n"
        "13:15: error: limits: \"buffer_high\" is no size: \"1 MB\" (write \"1MB\")\n");
}

TEST(Suggestions, NodesAreToldTheSame) {
    EXPECT_EQ(
        of_node("127.0.0.1:", "localhost:"),
        "4:10: error: node \"n1\": \"localhost\" is no IP address (write \"127.0.0.1:15222\" or "
        "\"[::1]:15222\")\n");
    EXPECT_EQ(of_node("[\"example.org\"]", "\"example.org\""),
              "5:11: error: node \"n1\": \"domains\" must be an array, not text (write domains = "
              "[\"example.org\"])\n");
    EXPECT_EQ(of_node("[store]", "proxy = true\n[store]"),
              "6:9: error: node \"n1\": \"proxy\" must be text, not true or false (write proxy = "
              "\"required\")\n");
    EXPECT_EQ(of_node("[node]\n", "url = \"x\"\n[node]\n"),
              "2:1: error: unknown key \"url\" (it belongs in [store])\n");
    EXPECT_EQ(of_node("url", "file"),
              "7:1: error: store: unknown key \"file\" (write url = \"sqlite:FILE\")\n");
    EXPECT_EQ(of_node("[store]", "[stroe]"),
              "6:2: error: unknown table \"stroe\" (did you mean \"store\"?)\n");
    EXPECT_EQ(of_node("[store]", "[limits]\nresume = \"10 min\"\n[store]"),
              "7:10: error: limits: \"resume\" is no time: \"10 min\" (write \"10m\")\n");
    EXPECT_EQ(of_node("\"example.org\"", "\"xmpp:example.org\""),
              "5:12: error: node \"n1\": \"xmpp:example.org\" is not a domain name (write "
              "\"example.org\")\n");
    EXPECT_EQ(of_node("[store]", "trusted_proxies = [\" 10.0.0.7\", \"any\"]\n[store]"),
              "6:20: error: node \"n1\": \" 10.0.0.7\" is no address and no network (write "
              "\"10.0.0.7\")\n"
              "6:33: error: node \"n1\": \"any\" is no address and no network (write \"10.0.0.7\", "
              "\"10.0.0.0/8\" or \"2001:db8::/32\")\n");
    EXPECT_EQ(of_node("\"sqlite:state.db\"", "\"sqlite:///var/lib/x.db\""),
              "7:7: error: store: \"sqlite:///var/lib/x.db\" names no file (write "
              "\"sqlite:/var/lib/x.db\")\n");
}

}  // namespace
}  // namespace conf

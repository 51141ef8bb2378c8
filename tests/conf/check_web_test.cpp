// Aim: what does not fit together in the web front, and what would publish what nobody should see.

#include <gtest/gtest.h>

#include <fstream>

#include "conf/check.h"
#include "tests/support/load_text.h"

namespace conf {
namespace {

using namespace test;

std::string forward(const std::string& path, int port, const std::string& pool = "main") {
    return "[[web.forward]]\npath = \"" + path + "\"\npool = \"" + pool +
           "\"\nport = " + std::to_string(port) + "\n";
}

std::string listener(const std::string& lines) {
    return "[[listen]]\naddress = \"127.0.0.1:8443\"\n" + lines + "\n";
}

TEST(CheckWeb, KeysOfOneKindOfListenerAreForThatKindAlone) {
    EXPECT_EQ(with(listener("kind = \"web\"\nxmpp = true")), "");
    EXPECT_EQ(with(listener("kind = \"web-clear\"\ntrust = [\"10.0.0.1\"]")), "");
    EXPECT_EQ(with(listener("kind = \"c2s-tls\"\nxmpp = true")),
              "13:1: error: listen \"127.0.0.1:8443\": \"xmpp\" is for kind = \"web\" alone, and "
              "this is \"c2s-tls\" (remove it; \"c2s-tls\" is direct TLS alone)\n");
    EXPECT_EQ(with(listener("kind = \"web\"\ntrust = [\"10.0.0.1\"]")),
              "13:1: error: listen \"127.0.0.1:8443\": \"trust\" is for kind = \"web-clear\" "
              "alone, and this is \"web\" (remove it; write accept_proxy for proxies that send "
              "PROXY headers)\n");
    EXPECT_EQ(with(listener("xmpp = false\ntrust = []")), "");
}

TEST(CheckWeb, AKindThatCouldNotBeReadIsNotJudged) {
    const std::string found = with(listener("kind = \"wob\"\nxmpp = true"));
    EXPECT_EQ(found.find("alone"), std::string::npos) << found;
}

TEST(CheckWeb, WarnsOfListenersThatBelieveEverybody) {
    EXPECT_EQ(with(listener("accept_proxy = [\"192.0.2.1\", \"::/0\"]")),
              "12:1: warning: listen \"127.0.0.1:8443\": whoever connects may say which address "
              "he has (write the addresses of your proxies alone)\n");
    EXPECT_NE(with(listener("kind = \"web-clear\"\ntrust = [\"0.0.0.0/0\"]")).find("warning"),
              std::string::npos);
    EXPECT_EQ(with(listener("accept_proxy = [\"10.0.0.0/10\"]")), "");
}

TEST(CheckWeb, EndpointsAreApartAndNotWhereHostMetaIs) {
    EXPECT_EQ(with("[web]\nbosh = \"/x\"\nwebsocket = \"/x\"\n"),
              "12:1: error: web: \"bosh\" and \"websocket\" are the same path (write two, or \"\" "
              "for the one that is not wanted)\n");
    EXPECT_EQ(with("[web]\nbosh = \"\"\nwebsocket = \"\"\n"), "");
    EXPECT_EQ(with("[web]\nbosh = \"/.well-known/bosh\"\n"),
              "11:1: error: web: \"bosh\" lies below /.well-known/ (host-meta and certificates "
              "have their places there; write another path)\n");
}

TEST(CheckWeb, AForwardNamesAPoolThatIsThere) {
    EXPECT_EQ(with(forward("/upload/", 5443)), "");
    EXPECT_EQ(with(forward("/upload/", 5443, "other")),
              "12:1: error: web.forward \"/upload/\": there is no pool \"other\" (add "
              "[[pool.other.backend]])\n");
    EXPECT_EQ(with(forward("/upload/", 5443, "mian")),
              "12:1: error: web.forward \"/upload/\": there is no pool \"mian\" (did you mean "
              "\"main\"?)\n");
}

TEST(CheckWeb, APoolForForwardedPathsAloneIsUsed) {
    const std::string files = "[[pool.files.backend]]\naddress = \"127.0.0.1:15223\"\n";
    EXPECT_NE(with(files).find("no domain uses this pool"), std::string::npos);
    EXPECT_EQ(with(files + forward("/upload/", 5443, "files")), "");
}

TEST(CheckWeb, EachPathHasOneOwner) {
    EXPECT_EQ(with(forward("/http-bind", 5443)),
              "11:1: error: web.forward \"/http-bind\": \"bosh\" serves this path itself (write "
              "bosh = \"\" in [web] to forward it)\n");
    EXPECT_EQ(with("[web]\nbosh = \"\"\n" + forward("/http-bind", 5443)), "");
    EXPECT_EQ(with(forward("/xmpp-websocket", 5443)),
              "11:1: error: web.forward \"/xmpp-websocket\": \"websocket\" serves this path itself "
              "(write websocket = \"\" in [web] to forward it)\n");
    EXPECT_EQ(with(forward("/a/", 5443) + forward("/a/", 5444)),
              "15:1: error: web.forward \"/a/\": this path is forwarded twice (first on line "
              "11)\n");
    EXPECT_EQ(with(forward("/a/", 5443) + forward("/a", 5443)), "");
    for (const char* own : {"/.well-known/host-meta", "/.well-known/host-meta.json",
                            "/.well-known/acme-challenge/", "/.well-known/acme-challenge/x"}) {
        EXPECT_EQ(with(forward(own, 5443)),
                  std::string("11:1: error: web.forward \"") + own +
                      "\": this path is not forwarded: it is answered here (remove it)\n");
    }
    EXPECT_EQ(with(forward("/.well-known/matrix/", 5443)), "");
}

TEST(CheckWeb, WarnsOfConsolesThatWouldBePublished) {
    const auto warned = [](const std::string& path, int port) {
        const std::string found = with(forward(path, port));
        const std::string words = "would publish the administration console of ";
        const std::size_t at = found.find(words);
        if (at == std::string::npos) return found;
        EXPECT_NE(found.find("10:1: warning: web.forward"), std::string::npos) << found;
        return found.substr(at + words.size(), found.find(" (") - at - words.size());
    };
    EXPECT_EQ(warned("/upload/", 9090), "Openfire");
    EXPECT_EQ(warned("/upload/", 9091), "Openfire");
    EXPECT_EQ(warned("/login.jsp", 7070), "Openfire");
    EXPECT_EQ(warned("/setup", 7070), "Openfire");
    EXPECT_EQ(warned("/setup/", 7070), "Openfire");
    EXPECT_EQ(warned("/plugins/monitoring/", 7070), "Openfire");
    EXPECT_EQ(warned("/admin", 8080), "the server");
    EXPECT_EQ(warned("/admin/", 5280), "ejabberd");
    EXPECT_EQ(warned("/", 5280), "ejabberd");
    EXPECT_EQ(warned("/upload/", 5280), "");
    EXPECT_EQ(warned("/setups/", 7070), "");
    EXPECT_EQ(warned("/administrators", 7070), "");
}

TEST(CheckWeb, ABoshRequestShouldHoldAStanza) {
    EXPECT_EQ(with("[web]\nbosh_body = \"64KiB\"\n"),
              "11:1: warning: web: bosh_body (64KiB) does not hold a stanza of [limits] stanza "
              "(256KiB) (twice as much is a good bosh_body)\n");
    EXPECT_EQ(with("[limits]\nstanza = \"1MiB\"\n[web]\n"),
              "11:1: warning: web: bosh_body (512KiB) does not hold a stanza of [limits] stanza "
              "(1MiB) (twice as much is a good bosh_body)\n");
    EXPECT_EQ(with("[limits]\nstanza = \"1MiB\"\n"), "") << "nobody uses BOSH";
    EXPECT_EQ(with("[web]\nbosh = \"\"\nbosh_body = \"64KiB\"\n"), "");
}

}  // namespace
}  // namespace conf

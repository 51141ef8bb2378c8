// Aim: [web], its forwarded paths and the listeners' keys for it: what they give, and what is said
// of what cannot be meant.

#include "conf/read_web.h"

#include <gtest/gtest.h>

#include "tests/support/load_text.h"

namespace conf {
namespace {

using namespace std::chrono_literals;
using namespace test;

/// What is said of `line` in [web], without the place.
std::string of_web(const std::string& line) {
    const std::string found = with("[web]\n" + line + "\n");
    const std::size_t colon = found.find("error: ");
    return colon == std::string::npos ? found : found.substr(colon + 7);
}

/// The same in a [[web.forward]] that is fine otherwise.
std::string of_forward(const std::string& line) {
    const std::string found = with("[[web.forward]]\n" + line + "\n");
    const std::size_t colon = found.find("error: ");
    return colon == std::string::npos ? found : found.substr(colon + 7);
}

TEST(LoadWeb, ReadsEveryKey) {
    const Config config = loaded(kSmallest + R"([[listen]]
address = "127.0.0.1:8443"
kind = "web"
xmpp = true
accept_proxy = ["10.0.0.0/8", "192.0.2.1"]
[[listen]]
address = "127.0.0.1:8080"
kind = "web-clear"
trust = ["fd00::/8"]
[web]
bosh = "/bosh/"
websocket = ""
origins = ["https://Chat.example.org:443", "https://chat.example.org", "http://localhost:8080"]
public_url = "https://Chat.example.org:443/xmpp/"
acme_challenge = "acme"
head_timeout = "1s"
keep_alive = "2s"
stall = "3s"
requests = 4
per_address = 0
bosh_body = "6MiB"
bosh_sessions = 7
bosh_held = "8KiB"
[[web.forward]]
path = "/upload/"
pool = "main"
port = 5280
[[web.forward]]
path = "/xmpp-websocket"
pool = "main"
port = 5281
mode = "http"
proxy = "v2"
sticky = "query:room"
)");
    ASSERT_EQ(config.listen.size(), 3U);
    EXPECT_EQ(config.listen[1].kind, ListenKind::web);
    EXPECT_TRUE(config.listen[1].xmpp);
    EXPECT_EQ(config.listen[1].accept_proxy,
              (std::vector{*core::AddressBlock::parse("10.0.0.0/8"),
                           *core::AddressBlock::parse("192.0.2.1")}));
    EXPECT_EQ(config.listen[2].kind, ListenKind::web_clear);
    EXPECT_EQ(config.listen[2].trust, std::vector{*core::AddressBlock::parse("fd00::/8")});
    const Web& web = config.web;
    EXPECT_EQ(web.bosh, "/bosh/");
    EXPECT_EQ(web.websocket, "");
    EXPECT_EQ(web.origins,
              (std::vector<std::string>{"https://chat.example.org", "http://localhost:8080"}));
    EXPECT_EQ(web.public_url, "https://chat.example.org/xmpp");
    EXPECT_EQ(web.acme_challenge, "/etc/stanzagate/acme");
    EXPECT_EQ(web.head_timeout, 1s);
    EXPECT_EQ(web.keep_alive, 2s);
    EXPECT_EQ(web.stall, 3s);
    EXPECT_EQ(web.requests, 4U);
    EXPECT_EQ(web.per_address, 0U);
    EXPECT_EQ(web.bosh_body, 6U * 1024 * 1024);
    EXPECT_EQ(web.bosh_sessions, 7U);
    EXPECT_EQ(web.bosh_held, 8U * 1024);
    ASSERT_EQ(web.forwards.size(), 2U);
    EXPECT_EQ(web.forwards[0], (WebForward{.path = "/upload/", .pool = "main", .port = 5280}));
    EXPECT_EQ(web.forwards[1], (WebForward{.path = "/xmpp-websocket",
                                           .pool = "main",
                                           .port = 5281,
                                           .proxy = ProxyProtocol::v2,
                                           .sticky = ForwardSticky::query,
                                           .query = "room"}));
}

TEST(LoadWeb, NothingIsRequired) {
    EXPECT_EQ(with("[web]\n"), "");
    EXPECT_EQ(loaded(kSmallest + "[web]\n").web, Web{});
}

TEST(LoadWeb, PathsThatCannotBeServedAreToldWhy) {
    EXPECT_EQ(of_web("bosh = \"http-bind\""),
              "web: \"http-bind\" is no path that can be served: a \"/\" must stand first (write "
              "\"/http-bind\")\n");
    EXPECT_EQ(of_web("websocket = \"/ws?x\""),
              "web: \"/ws?x\" is no path that can be served: only letters, digits and "
              "\"/-._~!$&'()*+,=:@\" may stand in it (write \"/xmpp-websocket\")\n");
    EXPECT_EQ(of_forward("path = \"/a/../b\"\npool = \"main\"\nport = 1"),
              "web.forward \"/a/../b\": \"/a/../b\" is no path that can be served: a part of it is "
              "\".\" or \"..\" (write \"/upload/\")\n");
    EXPECT_EQ(of_web("bosh = true"),
              "web: \"bosh\" must be text, not true or false (write bosh = \"/http-bind\")\n");
}

TEST(LoadWeb, OriginsAreOriginsAndNothingElse) {
    const std::string all =
        "(write origins like \"https://chat.example.org\"; without \"origins\" all may connect)\n";
    EXPECT_EQ(of_web("origins = [\"null\"]"),
              "web: \"null\" is the origin of pages of anybody " + all);
    EXPECT_EQ(of_web("origins = [\"*\"]"), "web: \"*\" is no origin " + all);
    EXPECT_EQ(of_web("origins = [\"chat.example.org\"]"),
              "web: \"chat.example.org\" is no origin (write \"https://chat.example.org\")\n");
    EXPECT_EQ(of_web("origins = [\"https://chat.example.org/\"]"),
              "web: \"https://chat.example.org/\" is no origin (write "
              "\"https://chat.example.org\")\n");
    EXPECT_EQ(of_web("origins = []"),
              "web: \"origins\" is empty (write origins = [\"https://chat.example.org\"], or "
              "remove it: then pages of all sites may connect)\n");
    EXPECT_EQ(of_web("origins = \"https://a.example\""),
              "web: \"origins\" must be an array, not text (write origins = "
              "[\"https://a.example\"])\n");
}

TEST(LoadWeb, PublicUrlIsHttps) {
    const std::string form = " is no address of the form \"https://HOST[:PORT][/PATH]\" ";
    EXPECT_EQ(of_web("public_url = \"http://chat.example.org\""),
              "web: \"http://chat.example.org\"" + form + "(write \"https://chat.example.org\")\n");
    EXPECT_EQ(
        of_web("public_url = \"chat.example.org:8443\""),
        "web: \"chat.example.org:8443\"" + form + "(write \"https://chat.example.org:8443\")\n");
    EXPECT_EQ(
        of_web("public_url = \"https://chat.example.org/a?b\""),
        "web: \"https://chat.example.org/a?b\"" + form + "(write \"https://chat.example.org\")\n");
    EXPECT_EQ(of_web("public_url = \"x y\""),
              "web: \"x y\"" + form + "(write \"https://chat.example.org\")\n");
}

TEST(LoadWeb, ForwardsNameTheirPathPoolAndPort) {
    EXPECT_EQ(with("[[web.forward]]\n"),
              "10:1: error: web.forward[0]: \"path\" is missing (write path = \"/upload/\")\n"
              "10:1: error: web.forward[0]: \"pool\" is missing (write pool = \"main\", the name "
              "of a [pool.main])\n"
              "10:1: error: web.forward[0]: \"port\" is missing (write port = 5280, where the "
              "pool's servers speak HTTP)\n");
    const std::string rest = "path = \"/a/\"\npool = \"main\"\n";
    EXPECT_EQ(of_forward(rest + "port = 0"),
              "web.forward \"/a/\": \"port\" is out of range (write a number from 1 to 65535)\n");
    EXPECT_EQ(of_forward(rest + "port = 1\nmode = \"tcp\""),
              "web.forward \"/a/\": unknown \"mode\" \"tcp\" (write one of \"http\")\n");
    for (const char* wrong : {"query", "query:", "query:a b", "room", "cookie"}) {
        EXPECT_EQ(of_forward(rest + "port = 1\nsticky = \"" + wrong + "\""),
                  std::string("web.forward \"/a/\": unknown \"sticky\" \"") + wrong +
                      "\" (write one of \"none\", \"address\", \"bosh-sid\", or \"query:room\" for "
                      "a value of the query)\n");
    }
    EXPECT_EQ(of_forward(rest + "port = 1\nsticky = \"bosh_sid\""),
              "web.forward \"/a/\": unknown \"sticky\" \"bosh_sid\" (did you mean "
              "\"bosh-sid\"?)\n");
}

TEST(LoadWeb, BlocksOfAddressesWithAMistakeAreToldWhatWasMeant) {
    const auto of_listener = [](const std::string& line) {
        return changed("5222\"\n", "5222\"\n" + line + "\n");
    };
    EXPECT_EQ(of_listener("accept_proxy = [\"10.0.0.1/8\"]"),
              "6:17: error: listen \"127.0.0.1:5222\": \"10.0.0.1/8\" is no address and no network "
              "(write \"10.0.0.1\" for that address, \"10.0.0.0/8\" for its network)\n");
    EXPECT_EQ(of_listener("accept_proxy = true"),
              "6:16: error: listen \"127.0.0.1:5222\": \"accept_proxy\" must be an array, not true "
              "or false (write accept_proxy = [\"10.0.0.0/8\"])\n");
}

TEST(LoadWeb, WordsOfOtherProgramsAreUnderstood) {
    EXPECT_EQ(of_web("allowed_origins = [\"*\"]"),
              "web: unknown key \"allowed_origins\" (write origins = "
              "[\"https://chat.example.org\"])\n");
    EXPECT_EQ(of_web("cors = true"),
              "web: unknown key \"cors\" (write origins = [\"https://chat.example.org\"])\n");
    EXPECT_EQ(of_web("tls = true"),
              "web: unknown key \"tls\" (write [[listen]] with address = \"0.0.0.0:443\" and kind "
              "= \"web\")\n");
    EXPECT_EQ(of_forward("path = \"/a/\"\nupstream = \"10.0.0.1:80\"\npool = \"main\"\nport = 1"),
              "web.forward \"/a/\": unknown key \"upstream\" (write pool = \"main\", and port = "
              "5280 where its servers speak HTTP)\n");
    const auto of_kind = [](const std::string& kind) {
        return changed("5222\"\n", "5222\"\nkind = \"" + kind + "\"\n");
    };
    EXPECT_NE(of_kind("https").find("(write kind = \"web\")"), std::string::npos);
    EXPECT_NE(of_kind("websocket").find("did you mean \"web\"?"), std::string::npos);
    EXPECT_NE(of_kind("bosh").find("(write kind = \"web\")"), std::string::npos);
    EXPECT_NE(of_kind("http").find("(write kind = \"web-clear\")"), std::string::npos);
    EXPECT_EQ(changed("5222\"\n", "5222\"\norigins = [\"https://a.example\"]\n"),
              "6:1: error: listen \"127.0.0.1:5222\": unknown key \"origins\" (it belongs in "
              "[web])\n");
}

}  // namespace
}  // namespace conf

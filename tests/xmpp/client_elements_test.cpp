#include "xmpp/client_elements.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/xmpp_tokens.h"
#include "xmpp/namespaces.h"

namespace xmpp {
namespace {

using ::test::element;
using Elements = std::vector<std::pair<std::string_view, std::string_view>>;

const Elements kOfServers{{"challenge", ns::kSasl},
                          {"success", ns::kSasl},
                          {"failure", ns::kSasl},
                          {"mechanisms", ns::kSasl},
                          {"challenge", ns::kSasl2},
                          {"success", ns::kSasl2},
                          {"failure", ns::kSasl2},
                          {"continue", ns::kSasl2},
                          {"authentication", ns::kSasl2},
                          {"proceed", ns::kTls},
                          {"failure", ns::kTls},
                          {"compressed", ns::kCompressProtocol},
                          {"enabled", ns::kSm3},
                          {"resumed", ns::kSm3},
                          {"failed", ns::kSm3},
                          {"enabled", ns::kSm2},
                          {"resumed", ns::kSm2},
                          {"failed", ns::kSm2},
                          {"failure", ns::kCompressProtocol},
                          {"features", ns::kStreams},
                          {"bound", ns::kBind2}};

const Elements kAfterLogin{
    {"enable", ns::kSm3},         {"resume", ns::kSm3},          {"a", ns::kSm3}, {"r", ns::kSm3},
    {"enable", ns::kSm2},         {"resume", ns::kSm2},          {"a", ns::kSm2}, {"r", ns::kSm2},
    {"active", ns::kClientState}, {"inactive", ns::kClientState}};

const Elements kOfClients{
    {"auth", ns::kSasl},          {"response", ns::kSasl},  {"abort", ns::kSasl},
    {"authenticate", ns::kSasl2}, {"response", ns::kSasl2}, {"abort", ns::kSasl2},
    {"next", ns::kSasl2},         {"starttls", ns::kTls},   {"compress", ns::kCompressProtocol},
    {"error", ns::kStreams},      {"message", ns::kClient}, {"success", ns::kClient},
    {"enabled", "urn:x"},         {"failure", ""}};

TEST(ClientElements, KnowsWhatOnlyServersSay) {
    for (const auto& [name, uri] : kOfServers)
        EXPECT_TRUE(is_said_by_servers(element(name, uri))) << name << ' ' << uri;
    for (const Elements& others : {kAfterLogin, kOfClients}) {
        for (const auto& [name, uri] : others)
            EXPECT_FALSE(is_said_by_servers(element(name, uri))) << name << ' ' << uri;
    }
}

TEST(ClientElements, KnowsWhatNeedsALogin) {
    for (const auto& [name, uri] : kAfterLogin)
        EXPECT_TRUE(needs_login(element(name, uri))) << name << ' ' << uri;
    for (const Elements& others : {kOfServers, kOfClients}) {
        for (const auto& [name, uri] : others)
            EXPECT_FALSE(needs_login(element(name, uri))) << name << ' ' << uri;
    }
}

TEST(ClientElements, KnowsARequestForCompression) {
    EXPECT_TRUE(asks_for_compression(element("compress", ns::kCompressProtocol)));
    EXPECT_FALSE(asks_for_compression(element("compressed", ns::kCompressProtocol)));
    EXPECT_FALSE(asks_for_compression(element("compress", ns::kCompressFeature)));
}

}  // namespace
}  // namespace xmpp

// Aim: XEP-0156 names what is served here, at the address that clients use.

#include "proxy/web/host_meta.h"

#include <gtest/gtest.h>

namespace proxy {
namespace {

TEST(HostMeta, NamesWhatIsServed) {
    EXPECT_EQ(host_meta({}, "chat.example.org:8443", HostMetaForm::xrd),
              "<?xml version='1.0' encoding='utf-8'?>\n"
              "<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>\n"
              "<Link rel='urn:xmpp:alt-connections:xbosh' "
              "href='https://chat.example.org:8443/http-bind'/>\n"
              "<Link rel='urn:xmpp:alt-connections:websocket' "
              "href='wss://chat.example.org:8443/xmpp-websocket'/>\n"
              "</XRD>\n");
    EXPECT_EQ(host_meta({}, "example.org", HostMetaForm::json),
              R"({"links":[{"rel":"urn:xmpp:alt-connections:xbosh",)"
              R"("href":"https://example.org/http-bind"},)"
              R"({"rel":"urn:xmpp:alt-connections:websocket",)"
              R"("href":"wss://example.org/xmpp-websocket"}]})"
              "\n");
}

TEST(HostMeta, TheOperatorsWordCounts) {
    conf::Web web;
    web.public_url = "https://chat.example.org/im";
    web.bosh = "";
    web.websocket = "/ws";
    EXPECT_EQ(host_meta(web, "10.0.0.1", HostMetaForm::json),
              R"({"links":[{"rel":"urn:xmpp:alt-connections:websocket",)"
              R"("href":"wss://chat.example.org/im/ws"}]})"
              "\n");
    web.websocket = "";
    EXPECT_EQ(host_meta(web, "a", HostMetaForm::json), "{\"links\":[]}\n");
}

}  // namespace
}  // namespace proxy

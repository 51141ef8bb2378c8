// How the relay's bytes leave, which the scenes cannot see: in how many sends, and from where.

#include "proxy/session/relay.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/proxy/resumption/some_tags.h"
#include "xmpp/limits.h"

namespace proxy {
namespace {

const std::string kClientHeader =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0'>";
const std::string kServerHeader =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams' id='1' from='example.org' version='1.0'>";
const std::string kStarttls =
    "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";  // not for the client
const std::string kSasl = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";
const std::string kSasl2 = "xmlns='urn:xmpp:sasl:2'";

const std::string kLogin = "<mechanisms " + kSasl + "><mechanism>PLAIN</mechanism></mechanisms>";

std::string features(const std::string& content) {
    return "<stream:features>" + content + "</stream:features>";
}

/// Each send by itself.
struct Sends final : ByteSink {
    bool send(std::string_view bytes) override {
        all.emplace_back(bytes);
        from = bytes.data();
        return true;
    }
    std::vector<std::string> take() { return std::exchange(all, {}); }

    std::vector<std::string> all;
    const char* from = nullptr;  // where the bytes of the last one lay
};

class RelayTest : public testing::Test {
protected:
    RelayTest() {
        relay.client_scanner().next(kClientHeader);  // as Negotiation has
        relay.begin("example.org");
    }

    std::vector<std::string> backend_says(const std::string& window) {
        const RelayStep step = relay.on_backend_bytes(window, to_client);
        EXPECT_EQ(step.consumed, window.size());
        return to_client.take();
    }
    std::vector<std::string> client_says(const std::string& window) {
        relay.on_client_bytes(window, to_backend);
        return to_backend.take();
    }
    void log_in() {
        backend_says(kServerHeader + features(kLogin) + "<success " + kSasl + "/>");
        client_says(kClientHeader);
        backend_says(kServerHeader + features(""));
    }

    xmpp::ScanWorkPool pool;
    RelayLimits limits = relay_limits({});
    Relay relay{pool, limits, test::some_resumption()};
    Sends to_client;
    Sends to_backend;
};

using Whole = std::vector<std::string>;

TEST_F(RelayTest, HeaderAndEditedFeaturesLeaveInOneSend) {
    EXPECT_EQ(backend_says(kServerHeader + "\n" + features(kStarttls + kLogin)),
              Whole{kServerHeader + features(kLogin)});
}

TEST_F(RelayTest, WhatOneReadGaveLeavesInOneSendEditsIncluded) {
    backend_says(kServerHeader + features(kLogin));
    const std::string success = "<success " + kSasl2 +
                                "><authorization-identifier>a@example.org/b"
                                "</authorization-identifier><resumed xmlns='urn:xmpp:sm:3' h='1' "
                                "previd='x'/></success>";
    const std::string request = "<r xmlns='urn:xmpp:sm:3'/>";
    EXPECT_EQ(backend_says(success + request + features(kStarttls) + request),
              Whole{success + request + features("") + request});
    // And header, header-like edits and white space that goes no further.
    EXPECT_EQ(backend_says(request + "<enabled xmlns='urn:xmpp:sm:3' id='x' location='y'/>" +
                           request + "</stream:stream>")
                  .size(),
              1U);
}

TEST_F(RelayTest, WhatIsNotEditedIsNotCopied) {
    log_in();
    const std::string window = "<message/><iq/>\n<presence/><a xmlns='urn:xmpp:sm:3' h='1'/>";
    EXPECT_EQ(backend_says(window), Whole{window});
    EXPECT_EQ(to_client.from, window.data());
    EXPECT_EQ(client_says(window), Whole{window});
    EXPECT_EQ(to_backend.from, window.data());
}

TEST_F(RelayTest, WhatIsLeftOutAtTheEndCostsNoCopy) {
    backend_says(kServerHeader + features(kLogin));
    const std::string auth = "<auth " + kSasl + " mechanism='PLAIN'>AGEAYg==</auth>";
    const std::string window = auth + "\n";
    EXPECT_EQ(client_says(window), Whole{auth});
    EXPECT_EQ(to_backend.from, window.data());
    EXPECT_EQ(client_says("\n" + auth + "\n" + auth + "\n"), Whole{auth + auth});
}

TEST_F(RelayTest, ClientsHeaderLeavesTogetherWithWhatFollows) {
    backend_says(kServerHeader + features(kLogin) + "<success " + kSasl + "/>");
    EXPECT_EQ(client_says(" " + kClientHeader + "<iq id='1'/>\n"),
              Whole{kClientHeader + "<iq id='1'/>\n"});
}

TEST_F(RelayTest, AnEditDoesNotMakeLargeElementsCopied) {
    log_in();
    const std::string large = "<message><body>" + std::string(100'000, 'x') + "</body></message>";
    const auto sends =
        backend_says(large + "<enabled xmlns='urn:xmpp:sm:3' id='x' location='y'/>" + large);
    ASSERT_EQ(sends.size(), 3U);
    EXPECT_EQ(sends[0], large);
    EXPECT_EQ(sends[2], large);
}

TEST_F(RelayTest, NamesTheLimitsOfTheConfigurationAfterLogin) {
    log_in();
    const RelayStep step =
        relay.on_client_bytes("<message>" + std::string(xmpp::kStanzaBytes, 'x'), to_backend);
    ASSERT_TRUE(step.end);
    EXPECT_EQ(step.end->text, "a stanza may have 262144 bytes here");
    EXPECT_EQ(relay.goodbye_to_backend(), "</stream:stream>");
}

TEST_F(RelayTest, SaysGoodbyeToABackendWhereItsStreamStandsOpen) {
    EXPECT_EQ(relay.goodbye_to_backend(), "</stream:stream>") << "it has had our first header";
    backend_says(kServerHeader + features(kLogin) + "<success " + kSasl + "/>");
    EXPECT_EQ(relay.goodbye_to_backend(), "") << "it expects another one";
    relay.on_client_bytes(
        "<stream:stream xmlns='jabber:client' xmlns:stream='"
        "http://etherx.jabber.org/streams' to='other.example' version='1.0'>",
        to_backend);
    EXPECT_EQ(relay.goodbye_to_backend(), "") << "a refused one has not reached it";
}

TEST_F(RelayTest, IsOverOnceOneSideHasSaidSo) {
    log_in();
    EXPECT_FALSE(relay.is_over());
    backend_says(
        "<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
        "</stream:error>");
    EXPECT_TRUE(relay.is_over());
    EXPECT_FALSE(relay.backend_closed());
    EXPECT_EQ(relay.goodbye_to_backend(), "</stream:stream>");
    client_says("</stream:stream>");
    EXPECT_EQ(relay.goodbye_to_backend(), "") << "it has had its end tag";
}

}  // namespace
}  // namespace proxy

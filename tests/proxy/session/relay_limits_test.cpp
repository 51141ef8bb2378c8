#include "proxy/session/relay_limits.h"

#include <gtest/gtest.h>

#include <string>

#include "proxy/session/relay.h"
#include "tests/proxy/resumption/some_tags.h"

namespace proxy {
namespace {

class ReceivedText final : public ByteSink {
public:
    bool send(std::string_view bytes) override {
        text += bytes;
        return true;
    }
    std::string text;
};

/// A relay whose backend has logged its client in.
class RelayAfterLogin {
public:
    RelayAfterLogin() {
        relay_.begin("example.org");
        passes(kHeader +
               "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
               "<mechanism>PLAIN</mechanism></mechanisms></stream:features>");
        passes("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
        passes(kHeader + "<stream:features/>");
    }

    void set_limits(const RelayLimits& limits) { relay_.set_limits(limits); }

    /// Is `bytes` the beginning of something that may go on?
    bool waits_with(const std::string& bytes) {
        ReceivedText client;
        const RelayStep step = relay_.on_backend_bytes(bytes, client);
        return !step.end && step.consumed == 0;
    }

    /// Does the client get `bytes` of the backend, and the session go on?
    bool passes(const std::string& bytes) {
        ReceivedText client;
        const RelayStep step = relay_.on_backend_bytes(bytes, client);
        return !step.end && step.consumed == bytes.size();
    }

private:
    inline static const std::string kHeader =
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
        "from='example.org' id='1' version='1.0'>";

    xmpp::ScanWorkPool pool_;
    RelayLimits limits_ = relay_limits({});
    Relay relay_{pool_, limits_, test::some_resumption()};
};

std::string repeated(const std::string& piece, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i) text += piece;
    return text;
}

TEST(RelayLimits, ClientsAreHeldToTheConfiguration) {
    const RelayLimits limits = relay_limits({.stanza = 20'000, .depth = 30, .attributes = 20});

    EXPECT_EQ(limits.from_client.bytes, 20'000U);
    EXPECT_EQ(limits.from_client.depth, 30U);
    EXPECT_EQ(limits.from_client.attributes, 20U);
}

TEST(RelayLimits, TheLargestConfigurationFits) {
    const RelayLimits limits =
        relay_limits({.stanza = 64U << 20U, .depth = 1000, .attributes = 1000});

    EXPECT_EQ(limits.from_backend.bytes, 512U << 20U);
    EXPECT_EQ(limits.from_backend.depth, 2000U);
    EXPECT_EQ(limits.from_backend.attributes, 4000U);
}

TEST(RelayLimits, TheLargestStanzaOfAClientPassesAsTheServerWritesIt) {
    const conf::Limits limits;
    RelayAfterLogin relay;

    const std::string quotes = repeated("&quot;", limits.stanza);
    EXPECT_TRUE(
        relay.passes("<message from='a@example.org/b'><body>" + quotes + "</body></message>"));
    const std::string deep = repeated("<a>", limits.depth) + repeated("</a>", limits.depth);
    EXPECT_TRUE(
        relay.passes("<message><sent xmlns='urn:xmpp:carbons:2'>" + deep + "</sent></message>"));
    std::string attributes;
    for (std::uint32_t i = 0; i < limits.attributes; ++i) {
        const std::string name = "n" + std::to_string(i);
        attributes += " xmlns:" + name + "='urn:" + name + "' " + name + ":a=''";
    }
    EXPECT_TRUE(relay.passes("<message from='a' xml:lang='en'" + attributes + "/>"));
}

TEST(RelayLimits, ALargeRosterPasses) {
    RelayAfterLogin relay;

    EXPECT_TRUE(relay.passes(
        "<iq type='result' id='1'><query xmlns='jabber:iq:roster'>" +
        repeated("<item jid='somebody@example.org' subscription='both'><group>all</group></item>",
                 100'000) +
        "</query></iq>"));
}

TEST(RelayLimits, AnElementThatIsUnderWayKeepsItsOwn) {
    const RelayLimits small{.from_client = {}, .from_backend = {.bytes = 100}};
    RelayAfterLogin relay;
    std::string stanza = "<message><body>" + std::string(500, 'x');

    EXPECT_TRUE(relay.waits_with(stanza));
    relay.set_limits(small);
    stanza += std::string(500, 'y') + "</body></message>";
    EXPECT_TRUE(relay.passes(stanza));
    EXPECT_FALSE(relay.passes(stanza));
}

TEST(RelayLimits, EndlessIsNotLarge) {
    RelayAfterLogin relay;

    EXPECT_FALSE(relay.passes("<message><body>" + std::string(17 << 20, 'x')));
}

}  // namespace
}  // namespace proxy

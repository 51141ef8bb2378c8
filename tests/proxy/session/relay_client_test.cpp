// What the gate says to a client's elements of the negotiation, before and after login, and what of
// them never reaches a backend.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "proxy/session/negotiation.h"
#include "proxy/session/relay.h"
#include "tests/proxy/resumption/some_tags.h"
#include "xmpp/client_elements.h"
#include "xmpp/stream_error.h"

namespace proxy {
namespace {

using xmpp::StreamErrorCondition;

const std::string kHeader =
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "to='example.org' from='example.org' id='1' version='1.0'>";
const std::string kLoginFeatures =
    "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
    "<mechanism>PLAIN</mechanism></mechanisms></stream:features>";

/// What only a server may say.
const std::vector<std::string> kServerWords{
    "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
    "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>cj0=</challenge>",
    "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>",
    "<s:success xmlns:s='urn:ietf:params:xml:ns:xmpp-sasl'/>",
    "<success xmlns='urn:xmpp:sasl:2'/>",
    "<challenge xmlns='urn:xmpp:sasl:2'/>",
    "<failure xmlns='urn:xmpp:sasl:2'/>",
    "<continue xmlns='urn:xmpp:sasl:2'/>",
    "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
    "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
    "<enabled xmlns='urn:xmpp:sm:3' id='x' resume='true'/>",
    "<resumed xmlns='urn:xmpp:sm:3' previd='x' h='1'/>",
    "<failed xmlns='urn:xmpp:sm:3'/>",
    "<enabled xmlns='urn:xmpp:sm:2' id='x' resume='true'/>",
    "<compressed xmlns='http://jabber.org/protocol/compress'/>",
    "<failure xmlns='http://jabber.org/protocol/compress'><setup-failed/></failure>",
    "<bound xmlns='urn:xmpp:bind:0'/>",
    "<stream:features/>",
    "<features xmlns='http://etherx.jabber.org/streams'/>"};

/// What a client may say after login.
const std::vector<std::string> kAfterLogin{"<enable xmlns='urn:xmpp:sm:3' resume='true'/>",
                                           "<resume xmlns='urn:xmpp:sm:3' previd='x' h='0'/>",
                                           "<resume xmlns='urn:xmpp:sm:2' previd='x' h='0'/>",
                                           "<a xmlns='urn:xmpp:sm:3' h='0'/>",
                                           "<r xmlns='urn:xmpp:sm:3'/>",
                                           "<active xmlns='urn:xmpp:csi:0'/>"};

class Received final : public ByteSink {
public:
    bool send(std::string_view bytes) override {
        text += bytes;
        return true;
    }
    std::string text;
};

enum class Login { none, sasl, sasl2 };

/// A relay whose client has our header and features, and is logged in as `how` says.
class RelayedClient {
public:
    explicit RelayedClient(Login how = Login::none) {
        relay_.begin("example.org");
        from_client(kHeader);
        from_backend(kHeader + kLoginFeatures);
        if (how == Login::sasl) {
            from_backend("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
            from_client(kHeader);
            from_backend(kHeader + "<stream:features/>");
        }
        if (how == Login::sasl2) from_backend("<success xmlns='urn:xmpp:sasl:2'/>");
    }

    RelayStep from_client(const std::string& bytes) {
        forwarded = Received();
        return relay_.on_client_bytes(bytes, forwarded);
    }
    RelayStep from_backend(const std::string& bytes) {
        Received client;
        return relay_.on_backend_bytes(bytes, client);
    }
    const Relay& relay() const { return relay_; }

    Received forwarded;

private:
    xmpp::ScanWorkPool pool_;
    RelayLimits limits_ = relay_limits({});
    Relay relay_{pool_, limits_, test::some_resumption()};
};

/// Nothing of it goes to the backend, what stands before it does, and the session ends so.
void expect_end(Login how, const std::string& element, EndReason reason,
                StreamErrorCondition condition) {
    SCOPED_TRACE(element + " " + std::to_string(static_cast<int>(how)));
    RelayedClient leg(how);
    const std::string before = how == Login::none ? "<iq/>" : "<message/>";
    const RelayStep step = leg.from_client(before + element + "<iq/>");
    ASSERT_TRUE(step.end);
    EXPECT_EQ(to_string(step.end->reason), to_string(reason));
    EXPECT_EQ(xmpp::to_string(step.end->condition), xmpp::to_string(condition));
    EXPECT_EQ(leg.forwarded.text, before);
}

TEST(RelayClient, NeverForwardsWhatOnlyServersSay) {
    for (const Login how : {Login::none, Login::sasl, Login::sasl2}) {
        for (const std::string& word : kServerWords) {
            expect_end(how, word, EndReason::not_offered,
                       StreamErrorCondition::unsupported_stanza_type);
        }
        expect_end(how,
                   "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
                   "</stream:error></stream:stream>",
                   EndReason::client_error, StreamErrorCondition::unsupported_stanza_type);
    }
}

TEST(RelayClient, TellsTheLogWhatTheClientComplainsOf) {
    RelayedClient leg(Login::sasl);
    const RelayStep step = leg.from_client(
        "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
        "</stream:error>");
    ASSERT_TRUE(step.end);
    EXPECT_EQ(step.end->detail, "conflict");
}

TEST(RelayClient, ForwardsStreamManagementAfterLoginOnly) {
    for (const std::string& element : kAfterLogin) {
        expect_end(Login::none, element, EndReason::not_authorized,
                   StreamErrorCondition::not_authorized);
        for (const Login how : {Login::sasl, Login::sasl2}) {
            RelayedClient leg(how);
            EXPECT_FALSE(leg.from_client(element).end) << element;
            EXPECT_EQ(leg.forwarded.text, element);
        }
    }
}

TEST(RelayClient, RefusesCompressionItselfAndGoesOn) {
    const std::string compress =
        "<compress xmlns='http://jabber.org/protocol/compress'><method>zlib</method></compress>";
    for (const Login how : {Login::none, Login::sasl, Login::sasl2}) {
        RelayedClient leg(how);
        const auto stanzas = leg.relay().stanzas_in();
        const std::string window = "<iq/>" + compress + "<iq/>";
        const RelayStep step = leg.from_client(window);
        EXPECT_FALSE(step.end);
        EXPECT_EQ(step.reply, xmpp::kCompressionRefused);
        EXPECT_EQ(leg.forwarded.text, "<iq/>");
        const RelayStep rest = leg.from_client(window.substr(step.consumed));
        EXPECT_EQ(rest.reply, "");
        EXPECT_EQ(leg.forwarded.text, "<iq/>");
        EXPECT_EQ(leg.relay().stanzas_in(), stanzas + 2) << "XEP-0198 counts stanzas only";
    }
}

TEST(RelayClient, SaysNothingBeforeAHeader) {
    RelayedClient leg;
    EXPECT_FALSE(leg.relay().owes_header());
    leg.from_backend("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    EXPECT_TRUE(leg.relay().owes_header());
    const RelayStep step =
        leg.from_client(kHeader + "<compress xmlns='http://jabber.org/protocol/compress'/>");
    EXPECT_EQ(step.reply, "");
    ASSERT_TRUE(step.end) << "with a header of ours";
    leg.from_backend(kHeader);
    EXPECT_FALSE(leg.relay().owes_header());
}

TEST(RelayClient, NoticesARegistrationByItsFirstResult) {
    RelayedClient leg;
    leg.from_client("<iq type='get' id='r'><query xmlns='jabber:iq:register'/></iq>");
    EXPECT_FALSE(leg.relay().has_begun_registration());
    leg.from_backend("<iq type='error' id='r'/><message type='result'/>");
    EXPECT_FALSE(leg.relay().has_begun_registration());
    leg.from_backend("<iq id='r' type='result'/>");
    EXPECT_TRUE(leg.relay().has_begun_registration());
    RelayedClient logged_in(Login::sasl);
    logged_in.from_backend("<iq id='r' type='result'/>");
    EXPECT_FALSE(logged_in.relay().has_begun_registration());
}

/// A negotiation that knows the backends' features, and what it does with the first element behind
/// the header.
class FedOpening {
public:
    explicit FedOpening(bool direct_tls)
        : settings_{.begins = direct_tls ? LegBegins::with_tls : LegBegins::in_clear} {
        settings_.serves = [](std::string_view) { return true; };
        settings_.profile_for = [this](std::string_view) { return &profile_; };
        settings_.make_stream_id = [] { return xmpp::StreamId("id"); };
        if (direct_tls) negotiation_.on_secured();
        negotiation_.feed(kHeader);
    }
    Negotiation::Step feed(const std::string& bytes) { return negotiation_.feed(bytes); }

private:
    FeaturesProfile profile_{
        .features = kLoginFeatures, .user_features = kLoginFeatures, .prefixes = {}};
    xmpp::ScanWorkPool pool_;
    xmpp::StreamScanner scanner_{pool_, xmpp::kLimitsBeforeLogin};
    NegotiationSettings settings_;
    Negotiation negotiation_{scanner_, settings_};
};

void expect_end(bool direct_tls, const std::string& element, StreamErrorCondition condition) {
    SCOPED_TRACE(element);
    const Negotiation::Step step = FedOpening(direct_tls).feed(element);
    ASSERT_TRUE(step.action);
    const End* const end = std::get_if<End>(&*step.action);
    ASSERT_NE(end, nullptr);
    EXPECT_TRUE(end->bytes.starts_with("<stream:error><" + std::string(xmpp::to_string(condition))))
        << end->bytes;
}

TEST(RelayClient, HearsTheSameWordsBeforeABackendIsChosen) {
    for (const bool direct_tls : {false, true}) {
        for (const std::string& word : kServerWords)
            expect_end(direct_tls, word, StreamErrorCondition::unsupported_stanza_type);
        for (const std::string& element : kAfterLogin)
            expect_end(direct_tls, element, StreamErrorCondition::not_authorized);
    }
}

}  // namespace
}  // namespace proxy

// Sessions of TLS that are resumed by tickets.

#include "core/tls_context.h"

#include <gtest/gtest.h>

#include "core/tls_facts.h"
#include "tests/support/tls_context_fixture.h"
#include "tests/support/tls_pair.h"

namespace core {
namespace {

using test::ClientWishes;
using test::shown_name;
using test::TlsContextTest;
using test::TlsPair;

class TicketTest : public TlsContextTest, public testing::WithParamInterface<int> {
protected:
    TicketTest() {
        add("a.example", "a.example");
        add("b.example", "b.example");
    }
    ClientWishes wishes(SSL_SESSION* resume = nullptr, const std::string& sni = "a.example") const {
        return {.sni = sni, .min_version = GetParam(), .max_version = GetParam(), .resume = resume};
    }
    test::Session fresh_session(TlsServerContext& context) {
        TlsPair pair(context.new_session(), wishes());
        EXPECT_TRUE(pair.shake_hands());
        return pair.take_session();
    }
    /// Whether the server resumed. `ticket` gets the name of the key of the client's newest ticket.
    bool resumes(TlsServerContext& context, SSL_SESSION* session,
                 const std::string& sni = "a.example", std::string* ticket = nullptr) {
        TlsPair pair(context.new_session(), wishes(session, sni));
        EXPECT_TRUE(pair.shake_hands());
        if (ticket != nullptr) {
            const test::Session newest = pair.take_session();
            *ticket = key_name(newest ? newest.get() : SSL_get_session(pair.client.get()));
        }
        return tls_facts(pair.server.get()).resumed;
    }
    static std::string key_name(const SSL_SESSION* session) {
        const unsigned char* ticket = nullptr;
        std::size_t length = 0;
        SSL_SESSION_get0_ticket(session, &ticket, &length);
        return std::string(reinterpret_cast<const char*>(ticket),
                           std::min(length, TicketKey::kNameBytes));
    }
    static std::string key_name(const TicketKeys& keys) {
        return std::string(keys.encrypting().name.begin(), keys.encrypting().name.end());
    }
};

INSTANTIATE_TEST_SUITE_P(Versions, TicketTest, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& version) {
                             return version.param == TLS1_2_VERSION ? "Tls12" : "Tls13";
                         });

TEST_P(TicketTest, ResumesWithoutAnyServerSideState) {
    const auto first = make();
    const test::Session session = fresh_session(*first);
    ASSERT_NE(session, nullptr);
    EXPECT_TRUE(resumes(*first, session.get()));
}

TEST_P(TicketTest, AnotherProxyWithTheSameKeysResumes) {
    const test::Session session = fresh_session(*make());
    EXPECT_TRUE(resumes(*make(), session.get()));
}

TEST_P(TicketTest, AnotherProxyWithOtherKeysMakesAFullHandshake) {
    const test::Session session = fresh_session(*make());
    keys_ = TicketKeys::generate();
    EXPECT_FALSE(resumes(*make(), session.get()));
}

TEST_P(TicketTest, RotatedKeysStillResumeAndRenewTheTicket) {
    const auto context = make();
    const test::Session session = fresh_session(*context);
    EXPECT_EQ(key_name(session.get()), key_name(*keys_));
    const auto rotated = keys_->rotated();
    context->set_ticket_keys(rotated);
    std::string newest;
    EXPECT_TRUE(resumes(*context, session.get(), "a.example", &newest));
    EXPECT_EQ(newest, key_name(*rotated));
}

TEST_P(TicketTest, WhoUsesEachTicketOnceResumesEachTime) {
    const auto context = make();
    test::Session ticket = fresh_session(*context);
    auto keys = keys_;
    for (int times = 0; times < 100; ++times) {
        ASSERT_NE(ticket, nullptr) << "no new ticket after " << times << " resumptions";
        if (times % 10 == 9) context->set_ticket_keys(keys = keys->rotated());
        TlsPair pair(context->new_session(), wishes(ticket.get()));
        ASSERT_TRUE(pair.shake_hands());
        ASSERT_TRUE(tls_facts(pair.server.get()).resumed) << times;
        // TLS 1.3 spends a ticket (RFC 8446 appendix C.4); in TLS 1.2 it stays good until another
        // one comes, of which OpenSSL's client makes no event.
        ticket = GetParam() == TLS1_3_VERSION ? pair.take_session()
                                              : test::Session(SSL_get1_session(pair.client.get()));
    }
}

TEST_P(TicketTest, AResumptionGivesOneTicketAtMost) {
    const auto context = make();
    const test::Session session = fresh_session(*context);
    TlsPair pair(context->new_session(), wishes(session.get()));
    ASSERT_TRUE(pair.shake_hands());
    EXPECT_EQ(pair.tickets, GetParam() == TLS1_3_VERSION ? 1 : 0);
}

TEST_P(TicketTest, ARenewedCertificateIsShownToWhoComesBack) {
    const test::Session session = fresh_session(*make());
    const test::Session another = fresh_session(*make());
    add("b.example", "b.example");  // renewed
    EXPECT_TRUE(resumes(*make(), session.get()));
    add("a.example", "a.example");
    EXPECT_FALSE(resumes(*make(), another.get()));
}

TEST_P(TicketTest, ForgottenKeysNoLongerResume) {
    const auto context = make();
    const test::Session session = fresh_session(*context);
    context->set_ticket_keys(keys_->rotated()->rotated()->rotated());
    EXPECT_FALSE(resumes(*context, session.get()));
}

TEST_P(TicketTest, TamperedTicketMakesAFullHandshake) {
    const auto context = make();
    const test::Session session = fresh_session(*context);
    // The encoded session holds the ticket; one of its bytes is turned.
    const unsigned char* ticket = nullptr;
    std::size_t ticket_length = 0;
    SSL_SESSION_get0_ticket(session.get(), &ticket, &ticket_length);
    ASSERT_GT(ticket_length, 64U);
    const std::string original(reinterpret_cast<const char*>(ticket), ticket_length);
    for (const std::size_t at :
         {std::size_t{0}, std::size_t{20}, ticket_length / 2, ticket_length - 1}) {
        std::string der(static_cast<std::size_t>(i2d_SSL_SESSION(session.get(), nullptr)), '\0');
        auto* out = reinterpret_cast<unsigned char*>(der.data());
        i2d_SSL_SESSION(session.get(), &out);
        const std::size_t place = der.find(original);
        ASSERT_NE(place, std::string::npos);
        der[place + at] = static_cast<char>(der[place + at] ^ 1);
        const auto* in = reinterpret_cast<const unsigned char*>(der.data());
        const test::Session tampered(d2i_SSL_SESSION(nullptr, &in, static_cast<long>(der.size())));
        ASSERT_NE(tampered, nullptr);
        EXPECT_FALSE(resumes(*context, tampered.get())) << at;
    }
    EXPECT_TRUE(resumes(*context, session.get()));
}

TEST_P(TicketTest, ATicketIsNothingUnderAnotherDomain) {
    const auto context = make();
    const test::Session session = fresh_session(*context);
    EXPECT_FALSE(resumes(*context, session.get(), "b.example"));
}

TEST_P(TicketTest, TellsTheClientHowLongATicketLives) {
    const test::Session session =
        fresh_session(*make({.ticket_lifetime = std::chrono::seconds(1234)}));
    EXPECT_EQ(SSL_SESSION_get_ticket_lifetime_hint(session.get()), 1234U);
    const test::Session longest =
        fresh_session(*make({.ticket_lifetime = std::chrono::hours(24 * 30)}));
    EXPECT_EQ(SSL_SESSION_get_ticket_lifetime_hint(longest.get()), 7U * 24 * 3600);
}

TEST_P(TicketTest, OffersNoEarlyData) {
    const test::Session session = fresh_session(*make());
    EXPECT_EQ(SSL_SESSION_get_max_early_data(session.get()), 0U);
}

TEST_P(TicketTest, SessionsOutliveAReplacedContext) {
    auto context = make();
    Ssl established = context->new_session();
    TlsPair pair(context->new_session(), wishes());
    ASSERT_TRUE(pair.shake_hands());
    // This handshake begins after its context is gone.
    context.reset();
    EXPECT_EQ(TlsPair::send(pair.client, pair.server, "still here"), "still here");
    TlsPair late(std::move(established), wishes());
    ASSERT_TRUE(late.shake_hands());
    EXPECT_EQ(shown_name(late), "a.example");
}

}  // namespace
}  // namespace core

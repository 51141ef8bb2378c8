// What is known of a TLS connection: for the log, and for logins that are bound to it.

#include "core/tls_facts.h"

#include <gtest/gtest.h>

#include "core/tls_forget.h"
#include "tests/support/tls_context_fixture.h"
#include "tests/support/tls_pair.h"

namespace core {
namespace {

using test::issue;
using test::KeyType;
using test::TlsContextTest;
using test::TlsPair;
using test::write_pair;

TEST_F(TlsContextTest, ReportsFacts) {
    add("a.example", "a.example");
    const auto context = make({.alpn = {"xmpp-client"}});
    TlsPair pair(context->new_session(), {.sni = "a.example", .alpn = kAlpn});
    ASSERT_TRUE(pair.shake_hands());
    const TlsFacts facts = tls_facts(pair.server.get());
    EXPECT_EQ(facts.version, "TLSv1.3");
    EXPECT_EQ(facts.cipher, "TLS_AES_128_GCM_SHA256");
    EXPECT_EQ(facts.alpn, "xmpp-client");
    EXPECT_EQ(facts.sni, "a.example");
    EXPECT_FALSE(facts.resumed);
}

/// What the client's side of a connection would bind to (RFC 9266).
std::string exporter_of(SSL* ssl) {
    std::string bytes(32, '\0');
    const std::string label = "EXPORTER-Channel-Binding";
    SSL_export_keying_material(ssl, reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
                               label.data(), label.size(),
                               reinterpret_cast<const unsigned char*>(""), 0, 1);
    return bytes;
}

/// And the hash of the certificate it was shown (RFC 5929 section 4.1).
std::string end_point_of(SSL* ssl, const EVP_MD* digest) {
    std::string bytes(EVP_MAX_MD_SIZE, '\0');
    unsigned length = 0;
    X509_digest(SSL_get0_peer_certificate(ssl), digest,
                reinterpret_cast<unsigned char*>(bytes.data()), &length);
    return bytes.substr(0, length);
}

/// And the first Finished of its handshake (RFC 5929 section 3.1).
std::string unique_of(SSL* ssl) {
    std::string bytes(64, '\0');
    const auto first = SSL_session_reused(ssl) == 1 ? &SSL_get_peer_finished : &SSL_get_finished;
    bytes.resize(first(ssl, bytes.data(), bytes.size()));
    return bytes;
}

TEST_F(TlsContextTest, BothSidesBindToTheSame) {
    add("a.example", "a.example");
    const auto context = make();
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsPair pair(context->new_session(), {.sni = "a.example", .max_version = version});
        ASSERT_TRUE(pair.shake_hands());
        const ChannelBindings bindings = channel_bindings(pair.server.get());
        EXPECT_EQ(bindings.exporter.reveal(), exporter_of(pair.client.get())) << version;
        EXPECT_EQ(bindings.server_end_point.reveal(), end_point_of(pair.client.get(), EVP_sha256()))
            << version;
        EXPECT_EQ(ERR_peek_error(), 0U);
    }
}

TEST_F(TlsContextTest, BothSidesKnowTheFirstFinished) {
    add("a.example", "a.example");
    const auto context = make();
    const test::ClientWishes wishes{.sni = "a.example", .max_version = TLS1_2_VERSION};
    TlsPair first(context->new_session(), wishes);
    ASSERT_TRUE(first.shake_hands());
    forget_handshake(first.server.get());
    EXPECT_EQ(channel_bindings(first.server.get()).unique.reveal(), unique_of(first.client.get()));

    const auto session = first.take_session();
    auto again = wishes;
    again.resume = session.get();
    TlsPair resumed(context->new_session(), again);
    ASSERT_TRUE(resumed.shake_hands());
    ASSERT_EQ(SSL_session_reused(resumed.server.get()), 1);
    EXPECT_EQ(channel_bindings(resumed.server.get()).unique.reveal(),
              unique_of(resumed.client.get()));

    TlsPair newer(context->new_session(), {.sni = "a.example"});
    ASSERT_TRUE(newer.shake_hands());
    EXPECT_TRUE(channel_bindings(newer.server.get()).unique.empty());
}

TEST_F(TlsContextTest, WithoutTheExtendedMasterSecretThereIsNoneOfTheConnection) {
    add("a.example", "a.example");
    const auto context = make();
    Ssl server = context->new_session();
    SSL_set_options(server.get(), SSL_OP_NO_EXTENDED_MASTER_SECRET);
    TlsPair pair(std::move(server), {.sni = "a.example", .max_version = TLS1_2_VERSION});
    ASSERT_TRUE(pair.shake_hands());
    const ChannelBindings bindings = channel_bindings(pair.server.get());
    EXPECT_TRUE(bindings.exporter.empty());
    EXPECT_TRUE(bindings.unique.empty());
    EXPECT_FALSE(bindings.server_end_point.empty());
}

TEST_F(TlsContextTest, BindsToTheCertificateThatWasShown) {
    write_pair(folder("a.example"), issue({.dns_names = {"a.example"}}, KeyType::ecdsa));
    write_pair(folder("a.example"), issue({.dns_names = {"a.example"}}, KeyType::rsa), "-rsa");
    const auto context = make();
    for (const char* algorithms : {"ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256"}) {
        TlsPair pair(context->new_session(),
                     {.sni = "a.example", .signature_algorithms = algorithms});
        ASSERT_TRUE(pair.shake_hands()) << algorithms;
        EXPECT_EQ(channel_bindings(pair.server.get()).server_end_point.reveal(),
                  end_point_of(pair.client.get(), EVP_sha256()))
            << algorithms;
    }
}

/// A client that resumes is shown no certificate, and binds to the one it was shown once.
TEST_F(TlsContextTest, BindsToTheCertificateThatWasShownOnceAlsoAfterResumptions) {
    write_pair(folder("a.example"), issue({.dns_names = {"a.example"}}, KeyType::ecdsa));
    write_pair(folder("a.example"), issue({.dns_names = {"a.example"}}, KeyType::rsa), "-rsa");
    add("b.example", "b.example");
    const auto context = make();
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        for (const char* algorithms : {"ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256"}) {
            // As with direct TLS and as behind STARTTLS.
            for (const char* fallback : {"", "a.example"}) {
                test::ClientWishes wishes{
                    .sni = "a.example", .max_version = version, .signature_algorithms = algorithms};
                TlsPair first(context->new_session(fallback), wishes);
                ASSERT_TRUE(first.shake_hands());
                const std::string shown = end_point_of(first.client.get(), EVP_sha256());
                auto session = first.take_session();
                // Which of the two is offered first does not count in a handshake that resumes.
                wishes.signature_algorithms = {};
                for (int times = 0; times < 3; ++times) {
                    wishes.resume = session.get();
                    TlsPair again(context->new_session(fallback), wishes);
                    ASSERT_TRUE(again.shake_hands());
                    ASSERT_EQ(SSL_session_reused(again.server.get()), 1) << version << algorithms;
                    EXPECT_EQ(channel_bindings(again.server.get()).server_end_point.reveal(), shown)
                        << version << algorithms << times;
                    if (auto next = again.take_session()) session = std::move(next);
                }
            }
        }
    }
}

TEST_F(TlsContextTest, TicketsOfASingleCertificateSayNothingOfIt) {
    add("a.example", "a.example");
    const auto context = make();
    TlsPair pair(context->new_session(), {.sni = "a.example"});
    ASSERT_TRUE(pair.shake_hands());
    void* note = nullptr;
    std::size_t length = 0;
    SSL_SESSION_get0_ticket_appdata(SSL_get_session(pair.server.get()), &note, &length);
    EXPECT_EQ(length, 0U);
}

}  // namespace
}  // namespace core

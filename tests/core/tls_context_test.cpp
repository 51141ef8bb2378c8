// Which certificate is shown, and what is refused.

#include "core/tls_context.h"

#include <gtest/gtest.h>

#include "core/tls_facts.h"
#include "core/tls_failure.h"
#include "tests/support/tls_context_fixture.h"
#include "tests/support/tls_pair.h"

namespace core {
namespace {

using test::ClientWishes;
using test::issue;
using test::Issued;
using test::KeyType;
using test::shown_for;
using test::shown_name;
using test::TlsContextTest;
using test::TlsPair;
using test::write_file;
using test::write_pair;

constexpr const char* kOtherAlpn = "\x08http/1.1\x02h2";

TEST_F(TlsContextTest, ChoosesTheCertificateBySni) {
    add("example.org", "example.org");
    add("_.example.org", "*.example.org");
    add("xn--bcher-kva.example", "xn--bcher-kva.example");
    const auto context = make();
    EXPECT_EQ(shown_for(*context, "example.org"), "example.org");
    EXPECT_EQ(shown_for(*context, "EXAMPLE.org"), "example.org");
    EXPECT_EQ(shown_for(*context, "im.example.org"), "*.example.org");
    EXPECT_EQ(shown_for(*context, "xn--bcher-kva.example"), "xn--bcher-kva.example");
}

TEST_F(TlsContextTest, SniWinsOverTheFallbackDomain) {
    add("a.example", "a.example");
    add("b.example", "b.example");
    const auto context = make();
    EXPECT_EQ(shown_for(*context, "b.example", "a.example"), "b.example");
}

TEST_F(TlsContextTest, WithoutSniTheFallbackDomainDecides) {
    add("a.example", "a.example");
    add("default", "default.example");
    const auto context = make();
    EXPECT_EQ(shown_for(*context, "", "a.example"), "a.example");
    EXPECT_EQ(shown_for(*context, "", "unknown.example"), "default.example");
    EXPECT_EQ(shown_for(*context, ""), "default.example");
}

TEST_F(TlsContextTest, UnknownNameGetsTheDefaultCertificate) {
    add("a.example", "a.example");
    add("default", "default.example");
    EXPECT_EQ(shown_for(*make(), "unknown.example"), "default.example");
    EXPECT_EQ(shown_for(*make(), "unknown.example", "unknown.example"), "default.example");
}

TEST_F(TlsContextTest, NoNameGetsTheCertificateThatIsSetForIt) {
    add("a.example", "a.example");
    EXPECT_EQ(shown_for(*make(), ""), "a.example");
    add("b.example", "b.example");
    EXPECT_EQ(shown_for(*make({.nameless = {.get = "b.example"}}), ""), "b.example");
    EXPECT_EQ(shown_for(*make({.nameless = {.domains = {"b.example"}}}), ""), "b.example");
    const auto other = make({.nameless = {.get = "b.example"}});
    EXPECT_EQ(shown_for(*other, "a.example"), "a.example");
    EXPECT_EQ(shown_for(*other, "", "a.example"), "a.example");
    EXPECT_EQ(shown_for(*other, "unknown.example"), "-");
}

TEST_F(TlsContextTest, NoNameIsRefusedWhereNobodyStandsForIt) {
    add("a.example", "a.example");
    add("b.example", "b.example");
    add("default", "default.example");
    const auto refusing = make({.nameless = {.are_refused = true}});
    TlsPair pair(refusing->new_session(), ClientWishes{});
    EXPECT_FALSE(pair.shake_hands());
    EXPECT_EQ(pair.client_error, SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE);
    EXPECT_EQ(shown_for(*refusing, "", "a.example"), "a.example");
    EXPECT_EQ(shown_for(*refusing, "unknown.example"), "default.example");
}

TEST_F(TlsContextTest, EachRefusalSaysItsCause) {
    add("a.example", "a.example");
    add("b.example", "b.example");
    const auto serves = [](std::string_view name) { return name != "unknown.example"; };
    const auto why = [&](TlsServerSettings settings, const ClientWishes& wishes,
                         const std::string& of_stream = "") {
        settings.serves = serves;
        const auto context = make(settings);
        Ssl server = context->new_session(of_stream);
        // As a connection does it: the words are asked for at once.
        TlsPair pair(std::move(server), wishes);
        std::string words;
        pair.on_server_error = [&](SSL* ssl) { words = describe_tls_failure(ssl).words; };
        EXPECT_FALSE(pair.shake_hands());
        return words;
    };
    const TlsServerSettings refusing{.nameless = {.are_refused = true}};
    const auto says = [](const std::string& words, std::string_view part) {
        return words.find(part) != std::string::npos ? "" : words;
    };
    EXPECT_EQ(
        says(why(refusing, {}), "names no domain in TLS (SNI), and [tls] default is \"none\""), "");
    EXPECT_EQ(says(why({}, {}), "names no domain in TLS (SNI), and no domain has a certificate"),
              "");
    EXPECT_EQ(says(why({}, {.sni = "unknown.example"}), "unknown name unknown.example (SNI)"), "");
    EXPECT_EQ(says(why({}, {.sni = "c.example"}), "no certificate for c.example; put one"), "");
    EXPECT_EQ(says(why({}, {}, "c.example"), "no certificate for the domain of the stream"), "");
    EXPECT_EQ(says(why({}, {.sni = "a.example",
                            .max_version = TLS1_1_VERSION,
                            .ciphers = "ALL:@SECLEVEL=0",
                            .security_level = 0}),
                   "no TLS version in common; [tls] min_version"),
              "");
    EXPECT_EQ(says(why({}, {.sni = "a.example",
                            .max_version = TLS1_2_VERSION,
                            .ciphers = "ECDHE-RSA-AES128-GCM-SHA256"}),
                   "no cipher suite in common that fits the certificate; for old clients put "
                   "fullchain-rsa.pem"),
              "");
    EXPECT_EQ(says(why({}, {.sni = "a.example", .signature_algorithms = "RSA-PSS+SHA256"}),
                   "no signature algorithm in common"),
              "");
    EXPECT_EQ(
        says(why({}, {.sni = "a.example", .groups = "P-521"}), "no group for the key exchange"),
        "");
    EXPECT_EQ(says(why({.alpn = {"xmpp-client"}}, {.sni = "a.example", .alpn = kOtherAlpn}),
                   "another protocol than xmpp-client (ALPN)"),
              "");
}

TEST_F(TlsContextTest, AnUnknownNameDoesNotTakeTheCertificateOfTheStreamsDomain) {
    add("a.example", "a.example");
    add("default", "default.example");
    EXPECT_EQ(shown_for(*make(), "xmpp1.example", "a.example"), "a.example");
}

TEST_F(TlsContextTest, UnknownNameWithoutDefaultIsUnrecognized) {
    add("a.example", "a.example");
    add("b.example", "b.example");
    const auto context = make();
    TlsPair pair(context->new_session("c.example"), {.sni = "unknown.example"});
    EXPECT_FALSE(pair.shake_hands());
    EXPECT_EQ(pair.client_error, SSL_R_TLSV1_UNRECOGNIZED_NAME);
}

TEST_F(TlsContextTest, AlpnIsOptionalButNeverWrong) {
    add("a.example", "a.example");
    const auto context = make({.alpn = {"xmpp-client"}});

    TlsPair with(context->new_session(),
                 {.sni = "a.example", .alpn = std::string(kOtherAlpn) + kAlpn});
    ASSERT_TRUE(with.shake_hands());
    EXPECT_EQ(tls_facts(with.server.get()).alpn, "xmpp-client");
    EXPECT_EQ(tls_facts(with.client.get()).alpn, "xmpp-client");

    TlsPair without(context->new_session(), {.sni = "a.example"});
    ASSERT_TRUE(without.shake_hands());
    EXPECT_EQ(tls_facts(without.server.get()).alpn, "");

    TlsPair other(context->new_session(), {.sni = "a.example", .alpn = kOtherAlpn});
    EXPECT_FALSE(other.shake_hands());
    EXPECT_EQ(other.client_error, SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL);
}

TEST_F(TlsContextTest, OfSeveralProtocolsOurOrderCounts) {
    add("a.example", "a.example");
    const auto context = make({.alpn = {"http/1.1", "xmpp-client"}});
    const std::string http = "\x08http/1.1";
    for (const std::string& offered : {std::string(kAlpn) + http, http + std::string(kAlpn)}) {
        TlsPair pair(context->new_session(), {.sni = "a.example", .alpn = offered});
        ASSERT_TRUE(pair.shake_hands());
        EXPECT_EQ(tls_facts(pair.server.get()).alpn, "http/1.1");
    }
    TlsPair second(context->new_session(), {.sni = "a.example", .alpn = std::string(kAlpn)});
    ASSERT_TRUE(second.shake_hands());
    EXPECT_EQ(tls_facts(second.server.get()).alpn, "xmpp-client");
}

TEST_F(TlsContextTest, AlpnIsIgnoredWhereNoneIsSet) {
    add("a.example", "a.example");
    const auto context = make();
    TlsPair pair(context->new_session(), {.sni = "a.example", .alpn = kOtherAlpn});
    ASSERT_TRUE(pair.shake_hands());
    EXPECT_EQ(tls_facts(pair.server.get()).alpn, "");
}

TEST_F(TlsContextTest, TheClientsSignatureAlgorithmsChooseTheKeyType) {
    write_pair(folder("a.example"), issue({.dns_names = {"a.example"}}), "-ecdsa");
    write_pair(folder("a.example"), issue({.dns_names = {"a.example"}}, KeyType::rsa), "-rsa");
    const auto context = make();
    const auto key_type = [&](ClientWishes wishes) {
        wishes.sni = "a.example";
        TlsPair pair(context->new_session(), wishes);
        if (!pair.shake_hands()) return 0;
        const Certificate certificate(SSL_get1_peer_certificate(pair.client.get()));
        return EVP_PKEY_get_base_id(X509_get0_pubkey(certificate.get()));
    };
    EXPECT_EQ(key_type({}), EVP_PKEY_EC);
    EXPECT_EQ(key_type({.signature_algorithms = "RSA-PSS+SHA256:RSA+SHA256"}), EVP_PKEY_RSA);
    EXPECT_EQ(key_type({.max_version = TLS1_2_VERSION, .signature_algorithms = "RSA+SHA256"}),
              EVP_PKEY_RSA);
    EXPECT_EQ(key_type({.max_version = TLS1_2_VERSION, .ciphers = "ECDHE-RSA-AES128-GCM-SHA256"}),
              EVP_PKEY_RSA);
    EXPECT_EQ(key_type({.signature_algorithms = "ECDSA+SHA256"}), EVP_PKEY_EC);
}

TEST_F(TlsContextTest, SendsTheChainOfEachKeyType) {
    const Issued ca = issue({.is_ca = true});
    const std::string ca_pem = test::pem_of(ca.certificate.get());
    write_pair(folder("one.example"), issue({.dns_names = {"one.example"}}, KeyType::ecdsa, &ca),
               "", ca_pem);
    write_pair(folder("two.example"), issue({.dns_names = {"two.example"}}, KeyType::ecdsa, &ca),
               "-ecdsa", ca_pem);
    write_pair(folder("two.example"), issue({.dns_names = {"two.example"}}, KeyType::rsa, &ca),
               "-rsa", ca_pem);
    const auto context = make();
    for (const char* sni : {"one.example", "two.example"}) {
        TlsPair pair(context->new_session(), {.sni = sni});
        ASSERT_TRUE(pair.shake_hands());
        EXPECT_EQ(sk_X509_num(SSL_get_peer_cert_chain(pair.client.get())), 2) << sni;
    }
}

TEST_F(TlsContextTest, RefusesVersionsBelowTheLeast) {
    add("a.example", "a.example");
    const auto both = make();
    TlsPair old(both->new_session(), {.sni = "a.example",
                                      .max_version = TLS1_1_VERSION,
                                      .ciphers = "ALL:@SECLEVEL=0",
                                      .security_level = 0});
    EXPECT_FALSE(old.shake_hands());
    EXPECT_EQ(old.client_error, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION);

    TlsPair modern(both->new_session(), {.sni = "a.example", .max_version = TLS1_2_VERSION});
    ASSERT_TRUE(modern.shake_hands());
    EXPECT_EQ(tls_facts(modern.server.get()).version, "TLSv1.2");

    const auto newest = make({.min_version = TLS1_3_VERSION});
    TlsPair refused(newest->new_session(), {.sni = "a.example", .max_version = TLS1_2_VERSION});
    EXPECT_FALSE(refused.shake_hands());
    EXPECT_EQ(refused.client_error, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION);
}

TEST_F(TlsContextTest, RefusesCiphersWithoutAeadOrForwardSecrecy) {
    write_pair(folder("a.example"), issue({.dns_names = {"a.example"}}, KeyType::rsa));
    const auto context = make();
    for (const char* ciphers :
         {"AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA256", "DHE-RSA-AES128-GCM-SHA256",
          "ECDHE-RSA-AES256-SHA", "aNULL:@SECLEVEL=0"}) {
        TlsPair pair(context->new_session(), {.sni = "a.example",
                                              .max_version = TLS1_2_VERSION,
                                              .ciphers = ciphers,
                                              .security_level = 0});
        EXPECT_FALSE(pair.shake_hands()) << ciphers;
        EXPECT_EQ(pair.client_error, SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE) << ciphers;
    }
}

TEST_F(TlsContextTest, RefusesRenegotiation) {
    add("a.example", "a.example");
    const auto context = make();
    TlsPair pair(context->new_session(), {.sni = "a.example", .max_version = TLS1_2_VERSION});
    ASSERT_TRUE(pair.shake_hands());
    ASSERT_EQ(SSL_renegotiate(pair.client.get()), 1);
    SSL_do_handshake(pair.client.get());
    char byte = 0;
    EXPECT_LE(SSL_read(pair.server.get(), &byte, 1), 0);
    EXPECT_TRUE(SSL_is_init_finished(pair.server.get()));
    ERR_clear_error();
    EXPECT_LE(SSL_do_handshake(pair.client.get()), 0);
    EXPECT_EQ(ERR_GET_REASON(ERR_peek_error()), SSL_R_NO_RENEGOTIATION);
    ERR_clear_error();
}

TEST_F(TlsContextTest, StaplesTheOcspResponseOfTheChosenCertificate) {
    const Issued ca = issue({.is_ca = true});
    const Issued ecdsa = issue({.dns_names = {"a.example"}, .serial = 5}, KeyType::ecdsa, &ca);
    const Issued rsa = issue({.dns_names = {"a.example"}, .serial = 6}, KeyType::rsa, &ca);
    write_pair(folder("a.example"), ecdsa);
    write_pair(folder("a.example"), rsa, "-rsa");
    const std::string response = test::ocsp_response(ecdsa, ca);
    write_file(folder("a.example") / "ocsp.der", response);
    const auto context = make();
    const auto stapled = [&](ClientWishes wishes) {
        wishes.sni = "a.example";
        TlsPair pair(context->new_session(), wishes);
        EXPECT_TRUE(pair.shake_hands());
        const unsigned char* shown = nullptr;
        const long length = SSL_get_tlsext_status_ocsp_resp(pair.client.get(), &shown);
        return length <= 0 ? std::string()
                           : std::string(reinterpret_cast<const char*>(shown),
                                         static_cast<std::size_t>(length));
    };
    EXPECT_EQ(stapled({.wants_status = true}), response);
    EXPECT_EQ(stapled({.wants_status = false}), "");
    EXPECT_EQ(stapled({.signature_algorithms = "RSA-PSS+SHA256", .wants_status = true}), "");
}

}  // namespace
}  // namespace core

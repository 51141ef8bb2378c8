#include "core/tls_context.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/tls_facts.h"
#include "tests/support/certificates.h"
#include "tests/support/tls_pair.h"

namespace core {
namespace {

using test::ClientWishes;
using test::issue;
using test::Issued;
using test::KeyType;
using test::TlsPair;
using test::write_file;
using test::write_pair;

constexpr const char* kAlpn = "\x0bxmpp-client";
constexpr const char* kOtherAlpn = "\x08http/1.1\x02h2";

class TlsContextTest : public testing::Test {
protected:
    std::filesystem::path folder(const std::string& name) const { return dir_.path() / name; }
    void add(const std::string& name, const std::string& dns_name) {
        write_pair(folder(name), issue({.dns_names = {dns_name}}));
    }
    std::unique_ptr<TlsServerContext> make(TlsServerSettings settings = {}) {
        auto store = CertificateStore::load(dir_.path());
        if (!store) throw std::runtime_error(store.error().what);
        auto context = TlsServerContext::create(*store, keys_, settings);
        if (!context) throw std::runtime_error(context.error().what);
        return std::move(*context);
    }

    test::TempDir dir_;
    std::shared_ptr<const TicketKeys> keys_ = TicketKeys::generate();
};

/// The first name of the certificate the client was shown.
std::string shown_name(const TlsPair& pair) {
    const Certificate certificate(SSL_get1_peer_certificate(pair.client.get()));
    if (certificate == nullptr) return "-";
    const Handle<GENERAL_NAMES, &GENERAL_NAMES_free> names(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr)));
    int type = 0;
    const auto* text = static_cast<const ASN1_STRING*>(
        GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), 0), &type));
    return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                       static_cast<std::size_t>(ASN1_STRING_length(text)));
}

std::string shown_for(TlsServerContext& context, const std::string& sni,
                      const std::string& fallback = "") {
    TlsPair pair(context.new_session(fallback), {.sni = sni});
    return pair.shake_hands() ? shown_name(pair) : "-";
}

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
    EXPECT_EQ(shown_for(*make(), "unknown.example", "a.example"), "default.example");
}

TEST_F(TlsContextTest, NoNameGetsTheOnlyCertificateButNoGuessAmongSeveral) {
    add("a.example", "a.example");
    EXPECT_EQ(shown_for(*make(), ""), "a.example");
    add("b.example", "b.example");
    const auto context = make();
    TlsPair pair(context->new_session(), ClientWishes{});
    EXPECT_FALSE(pair.shake_hands());
    EXPECT_EQ(pair.client_error, SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE);
}

TEST_F(TlsContextTest, UnknownNameWithoutDefaultIsUnrecognized) {
    add("a.example", "a.example");
    const auto context = make();
    TlsPair pair(context->new_session("a.example"), {.sni = "unknown.example"});
    EXPECT_FALSE(pair.shake_hands());
    EXPECT_EQ(pair.client_error, SSL_R_TLSV1_UNRECOGNIZED_NAME);
}

TEST_F(TlsContextTest, AlpnIsOptionalButNeverWrong) {
    add("a.example", "a.example");
    const auto context = make({.alpn = "xmpp-client"});

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

TEST_F(TlsContextTest, ReportsFacts) {
    add("a.example", "a.example");
    const auto context = make({.alpn = "xmpp-client"});
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

TEST_F(TlsContextTest, WithoutTheExtendedMasterSecretThereIsNoExporter) {
    add("a.example", "a.example");
    const auto context = make();
    Ssl server = context->new_session();
    SSL_set_options(server.get(), SSL_OP_NO_EXTENDED_MASTER_SECRET);
    TlsPair pair(std::move(server), {.sni = "a.example", .max_version = TLS1_2_VERSION});
    ASSERT_TRUE(pair.shake_hands());
    const ChannelBindings bindings = channel_bindings(pair.server.get());
    EXPECT_TRUE(bindings.exporter.empty());
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

// ---- Session tickets ----

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

// Aim: of a server with several certificates, the one that is wanted is had, and any other is
// noticed.

#include "core/wanted_certificate.h"

#include <gtest/gtest.h>

#include "core/tls_client_context.h"
#include "tests/support/tls_context_fixture.h"

namespace core {
namespace {

using test::issue;
using test::KeyType;
using test::TlsPair;

class WantedCertificateTest : public test::TlsContextTest {
protected:
    WantedCertificateTest() {
        write_pair(folder("a.example"), ecdsa_);
        write_pair(folder("a.example"), rsa_, "-rsa");
        server_ = make();
    }
    /// A link on which `wanted` was asked for.
    std::unique_ptr<TlsPair> link(const X509* wanted, int version = TLS1_3_VERSION) {
        Ssl client = client_->new_session("a.example");
        SSL_set_max_proto_version(client.get(), version);
        ask_for_key_of(client.get(), wanted);
        return std::make_unique<TlsPair>(server_->new_session(), std::move(client));
    }

    test::Issued ecdsa_ = issue({.dns_names = {"a.example"}}, KeyType::ecdsa);
    test::Issued rsa_ = issue({.dns_names = {"a.example"}}, KeyType::rsa);
    std::unique_ptr<TlsServerContext> server_;
    std::unique_ptr<TlsClientContext> client_ = *TlsClientContext::create({.verify = false});
};

TEST_F(WantedCertificateTest, AServerWithTwoKindsShowsTheWantedOne) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        for (const auto& [wanted, other] : {std::pair(&ecdsa_, &rsa_), std::pair(&rsa_, &ecdsa_)}) {
            const auto pair = link(wanted->certificate.get(), version);
            ASSERT_TRUE(pair->shake_hands()) << version;
            EXPECT_TRUE(has_shown(pair->client.get(), wanted->certificate.get())) << version;
            EXPECT_FALSE(has_shown(pair->client.get(), other->certificate.get())) << version;
        }
    }
}

TEST_F(WantedCertificateTest, ARenewedCertificateIsAnother) {
    const test::Issued renewed = issue({.dns_names = {"a.example"}, .serial = 2});
    const auto pair = link(renewed.certificate.get());
    ASSERT_TRUE(pair->shake_hands());
    EXPECT_FALSE(has_shown(pair->client.get(), renewed.certificate.get()));
    EXPECT_NE(words_for_peer_certificate(pair->client.get()),
              words_for_certificate(renewed.certificate.get()));
}

TEST_F(WantedCertificateTest, AKeyOfTheOtherKindIsNotToBeHadWhereThereIsNone) {
    std::filesystem::remove_all(folder("a.example"));
    write_pair(folder("a.example"), ecdsa_);
    server_ = make();
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION})
        EXPECT_FALSE(link(rsa_.certificate.get(), version)->shake_hands());
}

TEST_F(WantedCertificateTest, WordsTellOneFromAnother) {
    const std::string words = words_for_certificate(rsa_.certificate.get());
    EXPECT_TRUE(words.starts_with("SHA-256 ")) << words;
    EXPECT_NE(words.find("RSA, until 20"), std::string::npos) << words;
    EXPECT_NE(words, words_for_certificate(ecdsa_.certificate.get()));
    Ssl untried = client_->new_session("a.example");
    EXPECT_EQ(words_for_peer_certificate(untried.get()), "");
}

}  // namespace
}  // namespace core

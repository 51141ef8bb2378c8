#include "core/tls_client_context.h"

#include <gtest/gtest.h>

#include "core/tls_context.h"
#include "core/tls_facts.h"
#include "tests/support/certificates.h"
#include "tests/support/mentions.h"
#include "tests/support/tls_pair.h"

namespace core {
namespace {

using test::mentions;

using test::issue;
using test::Issued;
using test::KeyType;
using test::TlsPair;

/// A backend with one certificate for every name, and the CA that signed it.
class TlsClientContextTest : public testing::Test {
protected:
    void serve(const test::CertificateText& text) {
        test::write_pair(dir_.path() / "certs/default", issue(text, KeyType::ecdsa, &ca_));
        auto store = CertificateStore::load(dir_.path() / "certs");
        server_ = std::move(
            *TlsServerContext::create(*store, TicketKeys::generate(), {.alpn = {"xmpp-client"}}));
        test::write_file(dir_.path() / "ca.pem", test::pem_of(ca_.certificate.get()));
    }
    std::unique_ptr<TlsClientContext> client(TlsClientSettings settings) {
        auto context = TlsClientContext::create(settings);
        if (!context) throw std::runtime_error(context.error().what);
        return std::move(*context);
    }
    TlsClientSettings trusting() const { return {.ca_file = dir_.path() / "ca.pem"}; }
    /// Empty when the handshake succeeds, else what the log would say.
    std::string refusal(const TlsClientSettings& settings, std::string_view domain) {
        TlsPair pair(server_->new_session(), client(settings)->new_session(domain));
        if (pair.shake_hands()) return {};
        return describe_verify_failure(pair.client.get());
    }

    test::TempDir dir_;
    Issued ca_ = issue({.is_ca = true});
    std::unique_ptr<TlsServerContext> server_;
};

TEST_F(TlsClientContextTest, AcceptsACertificateForTheDomain) {
    serve({.dns_names = {"example.org", "*.example.net"}});
    EXPECT_EQ(refusal(trusting(), "example.org"), "");
    EXPECT_EQ(refusal(trusting(), "im.example.net"), "");
}

TEST_F(TlsClientContextTest, RefusesACertificateForAnotherDomain) {
    serve({.dns_names = {"example.org", "*.example.net"}});
    const std::string text = refusal(trusting(), "example.com");
    EXPECT_TRUE(mentions(text, "for example.com")) << text;
    EXPECT_TRUE(mentions(text, "subjectAltName")) << text;
    EXPECT_NE(refusal(trusting(), "a.b.example.net"), "");
    EXPECT_NE(refusal(trusting(), "192.0.2.1"), "");
}

TEST_F(TlsClientContextTest, RefusesPartialWildcardsAndTheCommonName) {
    serve({.dns_names = {"i*.example.net"}});
    EXPECT_NE(refusal(trusting(), "im.example.net"), "");
    serve({});  // its CN is "Test"
    EXPECT_NE(refusal(trusting(), "test"), "");
}

TEST_F(TlsClientContextTest, RefusesAnUnknownCaAndSaysWhatToDo) {
    serve({.dns_names = {"example.org"}});
    const std::string text = refusal({}, "example.org");
    EXPECT_TRUE(mentions(text, "set ca_file")) << text;
}

TEST_F(TlsClientContextTest, RefusesAnExpiredCertificate) {
    serve({.dns_names = {"example.org"}, .not_after = -60});
    EXPECT_TRUE(mentions(refusal(trusting(), "example.org"), "renew"));
}

TEST_F(TlsClientContextTest, AcceptsAnythingWhenVerificationIsOff) {
    serve({.dns_names = {"other.example"}, .not_after = -60});
    EXPECT_EQ(refusal({.verify = false}, "example.org"), "");
}

TEST_F(TlsClientContextTest, SendsSniAndAlpn) {
    serve({.dns_names = {"example.org"}});
    TlsClientSettings settings = trusting();
    settings.alpn = "xmpp-client";
    TlsPair pair(server_->new_session(), client(settings)->new_session("example.org"));
    ASSERT_TRUE(pair.shake_hands());
    EXPECT_EQ(tls_facts(pair.server.get()).sni, "example.org");
    EXPECT_EQ(tls_facts(pair.server.get()).alpn, "xmpp-client");
    EXPECT_EQ(describe_verify_failure(pair.client.get()), "");
}

TEST_F(TlsClientContextTest, RefusesACaFileThatIsNone) {
    test::write_file(dir_.path() / "ca.pem", "nonsense");
    const auto context = TlsClientContext::create(trusting());
    ASSERT_FALSE(context.has_value());
    EXPECT_EQ(context.error().file.filename(), "ca.pem");
    EXPECT_TRUE(mentions(context.error().what, "PEM")) << context.error().what;
}

}  // namespace
}  // namespace core

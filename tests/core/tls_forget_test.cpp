#include "core/tls_forget.h"

#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "core/tls_context.h"
#include "core/tls_facts.h"
#include "tests/support/certificates.h"
#include "tests/support/tls_pair.h"

namespace core {
namespace {

using test::TlsPair;

class ForgetHandshake : public testing::TestWithParam<std::tuple<int, const char*>> {
protected:
    ForgetHandshake() {
        const test::Issued ca = test::issue({.is_ca = true});
        const test::Issued leaf =
            test::issue({.dns_names = {"a.example"}}, test::KeyType::rsa, &ca);
        test::write_pair(dir_.path() / "a.example", leaf);
        test::write_file(dir_.path() / "a.example/ocsp.der", test::ocsp_response(leaf, ca));
        context_ = std::move(*TlsServerContext::create(*CertificateStore::load(dir_.path()),
                                                       TicketKeys::generate(), {}));
    }
    test::ClientWishes wishes() const {
        return {.sni = "a.example",
                .max_version = std::get<0>(GetParam()),
                .groups = std::get<1>(GetParam()),
                .wants_status = true};
    }

    test::TempDir dir_;
    std::unique_ptr<TlsServerContext> context_;
};

INSTANTIATE_TEST_SUITE_P(Versions, ForgetHandshake,
                         testing::Combine(testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                                          testing::Values("X25519", "P-256", "P-384")));

/// Whether OpenSSL still holds an ephemeral key of either side.
bool has_ephemeral_key(SSL* ssl) {
    for (const bool is_peers : {false, true}) {
        EVP_PKEY* raw = nullptr;
        if ((is_peers ? SSL_get_peer_tmp_key(ssl, &raw) : SSL_get_tmp_key(ssl, &raw)) != 1)
            continue;
        const PrivateKey key(raw);
        if (EVP_PKEY_get_id(key.get()) != EVP_PKEY_NONE) return true;
    }
    return false;
}

TEST_P(ForgetHandshake, LeavesNoEphemeralKeyAndNoStapledResponse) {
    TlsPair pair(context_->new_session(), wishes());
    ASSERT_TRUE(pair.shake_hands());
    const bool is_tls13 = SSL_version(pair.server.get()) == TLS1_3_VERSION;
    EXPECT_EQ(has_ephemeral_key(pair.server.get()), is_tls13);  // 1.2 drops them by itself
    forget_handshake(pair.server.get());
    EXPECT_FALSE(has_ephemeral_key(pair.server.get()));
    const unsigned char* response = nullptr;
    EXPECT_LE(SSL_get_tlsext_status_ocsp_resp(pair.server.get(), &response), 0);
    EXPECT_GT(SSL_get_tlsext_status_ocsp_resp(pair.client.get(), &response), 0);
}

TEST_P(ForgetHandshake, DataFactsAndExportersGoOn) {
    TlsPair pair(context_->new_session(), wishes());
    ASSERT_TRUE(pair.shake_hands());
    forget_handshake(pair.server.get());
    const std::string big(16384, 'x');
    EXPECT_EQ(TlsPair::send(pair.client, pair.server, big), big);
    EXPECT_EQ(TlsPair::send(pair.server, pair.client, big), big);
    EXPECT_EQ(tls_facts(pair.server.get()).sni, "a.example");
    std::string ours(32, '\0');
    std::string theirs(32, '\0');
    const std::string label = "EXPORTER-Channel-Binding";
    for (auto [ssl, out] :
         {std::pair(pair.server.get(), &ours), std::pair(pair.client.get(), &theirs)})
        EXPECT_EQ(SSL_export_keying_material(ssl, reinterpret_cast<unsigned char*>(out->data()), 32,
                                             label.data(), label.size(), nullptr, 0, 1),
                  1);
    EXPECT_EQ(ours, theirs);
}

TEST_P(ForgetHandshake, KeyUpdatesAndResumptionGoOn) {
    TlsPair pair(context_->new_session(), wishes());
    ASSERT_TRUE(pair.shake_hands());
    forget_handshake(pair.server.get());
    if (SSL_version(pair.client.get()) == TLS1_3_VERSION) {
        ASSERT_EQ(SSL_key_update(pair.client.get(), SSL_KEY_UPDATE_REQUESTED), 1);
        EXPECT_EQ(TlsPair::send(pair.client, pair.server, "updated"), "updated");
        EXPECT_EQ(TlsPair::send(pair.server, pair.client, "both"), "both");
    }
    const test::Session session = pair.take_session();
    test::ClientWishes again = wishes();
    again.resume = session.get();
    TlsPair resumed(context_->new_session(), again);
    ASSERT_TRUE(resumed.shake_hands());
    EXPECT_TRUE(tls_facts(resumed.server.get()).resumed);
}

}  // namespace
}  // namespace core

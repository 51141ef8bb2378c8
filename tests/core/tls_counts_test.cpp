// Handshakes as a server's connections count them.

#include "core/tls_counts.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <string>

#include "tests/core/connection_scene.h"
#include "tests/support/certificates.h"

namespace {

using namespace test;

/// A server's connection that waits for a client's handshake.
class TlsCountsTest : public ConnectionTest {
protected:
    TlsCountsTest()
        : issued_(test::issue({.dns_names = {"example.org"}})),
          server_context_(SSL_CTX_new(TLS_server_method())),
          client_context_(SSL_CTX_new(TLS_client_method())),
          client_end_(::dup(sockets.far.get())),
          server(loop, std::move(sockets.near), owner, marks) {
        SSL_CTX_use_certificate(server_context_.get(), issued_.certificate.get());
        SSL_CTX_use_PrivateKey(server_context_.get(), issued_.key.get());
        server.resume_reading();
        server.start_tls(core::Ssl(SSL_new(server_context_.get())), Connection::TlsRole::accepting);
    }

    core::TlsTally tally() {
        core::TlsTally all;
        loop.tls_counts().add_to(all);
        return all;
    }
    /// Each reason that was counted, and how often.
    std::map<std::string_view, std::uint64_t> failed() {
        std::map<std::string_view, std::uint64_t> named;
        const auto counts = tally().failed;
        for (const core::TlsFailure why : core::kTlsFailures)
            if (const auto count = counts[static_cast<std::size_t>(why)])
                named[to_string(why)] = count;
        return named;
    }
    std::uint64_t done() {
        const core::TlsTally all = tally();
        return all.tls12_full + all.tls12_resumed + all.tls13_full + all.tls13_resumed;
    }
    void come(core::Ssl ssl) {
        client_.emplace(loop, std::move(client_end_), client_owner_, marks);
        client_->resume_reading();
        client_->start_tls(std::move(ssl), Connection::TlsRole::connecting);
    }
    core::Ssl client_ssl() { return core::Ssl(SSL_new(client_context_.get())); }
    void hang_up() {
        client_end_.reset();
        sockets.far.reset();
        ASSERT_TRUE(wait([&] { return owner.ended || owner.broken; }));
        server.close();
    }

    using Failed = std::map<std::string_view, std::uint64_t>;

    test::Issued issued_;
    core::SslContext server_context_;
    core::SslContext client_context_;
    Fd client_end_;
    Connection server;
    Recorder client_owner_;
    std::optional<Connection> client_;
};

TEST_F(TlsCountsTest, ASuccessHasATimeAndItsEndIsNoFailure) {
    come(client_ssl());
    ASSERT_TRUE(wait([&] { return owner.secured; }));
    server.close();
    EXPECT_EQ(tally().tls13_full, 1U);
    EXPECT_EQ(done(), 1U);
    const core::TimeTally took = tally().took;
    EXPECT_EQ(std::accumulate(took.counts.begin(), took.counts.end(), std::uint64_t{0}), 1U);
    EXPECT_GT(took.seconds, 0);
    EXPECT_LT(took.seconds, 30);
    EXPECT_EQ(failed(), Failed{});
}

TEST_F(TlsCountsTest, VersionsAreToldApart) {
    core::Ssl older = client_ssl();
    SSL_set_max_proto_version(older.get(), TLS1_2_VERSION);
    come(std::move(older));
    ASSERT_TRUE(wait([&] { return owner.secured; }));
    EXPECT_EQ(tally().tls12_full, 1U);
    EXPECT_EQ(done(), 1U);
}

TEST_F(TlsCountsTest, WhoGoesWithoutAByteIsSilent) {
    hang_up();
    EXPECT_EQ(failed(), (Failed{{"silent", 1}}));
}

TEST_F(TlsCountsTest, WhoGoesWithinItHasClosed) {
    write_all(client_end_, std::string_view("\x16\x03\x01", 3));
    loop.run_once();
    hang_up();
    EXPECT_EQ(failed(), (Failed{{"closed", 1}}));
}

TEST_F(TlsCountsTest, AnOwnerThatClosesHasGivenItUp) {
    server.close();
    server.close();
    EXPECT_EQ(failed(), (Failed{{"timeout", 1}}));
    EXPECT_EQ(done(), 0U);
}

TEST_F(TlsCountsTest, WhatIsNoTlsIsCountedOnce) {
    write_all(client_end_, "<?xml version='1.0'?><stream:stream>");
    ASSERT_TRUE(wait([&] { return owner.broken.has_value(); }));
    server.close();
    EXPECT_EQ(failed(), (Failed{{"not_tls", 1}}));
}

TEST_F(TlsCountsTest, WhatIsNotSpokenHereIsNamed) {
    SSL_set_min_proto_version(server.ssl(), TLS1_3_VERSION);
    core::Ssl older = client_ssl();
    SSL_set_max_proto_version(older.get(), TLS1_2_VERSION);
    come(std::move(older));
    ASSERT_TRUE(wait([&] { return owner.broken.has_value(); }));
    EXPECT_EQ(failed(), (Failed{{"no_version", 1}}));
}

TEST_F(TlsCountsTest, NoCipherInCommonIsNamed) {
    core::Ssl other = client_ssl();
    SSL_set_max_proto_version(other.get(), TLS1_2_VERSION);
    ASSERT_EQ(SSL_set_cipher_list(other.get(), "ECDHE-RSA-AES128-GCM-SHA256"), 1);
    come(std::move(other));
    ASSERT_TRUE(wait([&] { return owner.broken.has_value(); }));
    EXPECT_EQ(failed(), (Failed{{"no_shared_cipher", 1}}));
}

TEST_F(TlsCountsTest, AClientThatRefusesTheCertificateIsNamed) {
    core::Ssl doubting = client_ssl();
    SSL_set_verify(doubting.get(), SSL_VERIFY_PEER, nullptr);
    come(std::move(doubting));
    ASSERT_TRUE(wait([&] { return owner.broken.has_value(); }));
    EXPECT_EQ(failed(), (Failed{{"bad_certificate", 1}}));
}

TEST(TlsFailures, AreAllCounted) {
    for (std::size_t i = 0; i < core::kTlsFailures.size(); ++i)
        EXPECT_EQ(static_cast<std::size_t>(core::kTlsFailures[i]), i);
}

}  // namespace

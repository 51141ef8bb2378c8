#include <gtest/gtest.h>
#include <openssl/err.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "core/connection.h"
#include "tests/core/connection_scene.h"
#include "tests/support/certificates.h"

namespace {

using namespace test;

/// A server's and a client's SSL that trust each other without asking.
class TlsEnds {
public:
    TlsEnds()
        : issued_(test::issue({.dns_names = {"example.org"}})),
          server_(SSL_CTX_new(TLS_server_method())),
          client_(SSL_CTX_new(TLS_client_method())) {
        SSL_CTX_use_certificate(server_.get(), issued_.certificate.get());
        SSL_CTX_use_PrivateKey(server_.get(), issued_.key.get());
        SSL_CTX_set_options(client_.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
    }
    core::Ssl server() const { return core::Ssl(SSL_new(server_.get())); }
    core::Ssl client() const { return core::Ssl(SSL_new(client_.get())); }

private:
    test::Issued issued_;
    core::SslContext server_;
    core::SslContext client_;
};

/// Both ends of a TLS connection on one loop, the server's with each record layer.
class TlsConnectionTest : public ConnectionTest,
                          public testing::WithParamInterface<core::RecordLayer> {
protected:
    TlsConnectionTest()
        : server_wire(::dup(sockets.near.get())),
          client_wire(::dup(sockets.far.get())),
          server(loop, std::move(sockets.near), owner, marks),
          client(loop, std::move(sockets.far), client_owner, marks) {}

    void accept(Connection::ClearTail tail = Connection::ClearTail::nothing) {
        server.start_tls(ends.server(), Connection::TlsRole::accepting, tail, GetParam());
    }
    void start() {
        server.resume_reading();
        client.resume_reading();
        accept();
        client.start_tls(ends.client(), Connection::TlsRole::connecting);
        ASSERT_TRUE(wait([&] { return owner.secured && client_owner.secured; }));
    }

    TlsEnds ends;
    Recorder client_owner;
    Fd server_wire;  // their sockets, past their TLS
    Fd client_wire;
    Connection server;
    Connection client;
};

constexpr auto kRecordLayers = {core::RecordLayer::compact, core::RecordLayer::openssl};
std::string layer_name(const testing::TestParamInfo<core::RecordLayer>& info) {
    return info.param == core::RecordLayer::compact ? "Compact" : "OpenSsl";
}
INSTANTIATE_TEST_SUITE_P(Layers, TlsConnectionTest, testing::ValuesIn(kRecordLayers), layer_name);

/// The server's end alone, behind <starttls/>; what the client writes is written by hand.
class ClearTailTest : public TlsConnectionTest {
protected:
    void begin(Connection::ClearTail tail) {
        server.resume_reading();
        accept(tail);
    }
    /// The client's end begins and ends its handshake from here on.
    bool handshake_succeeds() {
        client.resume_reading();
        client.start_tls(ends.client(), Connection::TlsRole::connecting);
        return wait([&] { return (owner.secured && client_owner.secured) || owner.broken; }) &&
               !owner.broken;
    }
    void write_and_let_read(std::string_view bytes) {
        write_all(client_wire, bytes);
        for (int turn = 0; turn < 3; ++turn) loop.run_once();
    }
};

INSTANTIATE_TEST_SUITE_P(Layers, ClearTailTest, testing::ValuesIn(kRecordLayers), layer_name);

TEST_P(ClearTailTest, WhiteSpaceInSegmentsOfItsOwnIsDropped) {
    begin(Connection::ClearTail::white_space);
    write_and_let_read("\n");
    write_and_let_read("\r\n \t");
    EXPECT_FALSE(owner.broken);
    write_all(client_wire, "\n");  // in one read with the ClientHello
    ASSERT_TRUE(handshake_succeeds()) << owner.detail;
    client.send(" \n<stream>");
    ASSERT_TRUE(wait([&] { return !owner.taken.empty(); }));
    EXPECT_EQ(owner.taken, " \n<stream>") << "what is protected stays as it is";
}

TEST_P(ClearTailTest, HasABound) {
    begin(Connection::ClearTail::white_space);
    write_and_let_read(std::string(255, ' '));
    EXPECT_FALSE(owner.broken);
    write_all(client_wire, "     ");  // as long as the head of a record
    ASSERT_TRUE(wait([&] { return owner.broken.has_value(); }));
    EXPECT_EQ(owner.broken, core::Broken::tls_failed);
    EXPECT_TRUE(owner.windows.empty());
}

TEST_P(ClearTailTest, NothingElseOfTheClearStreamIsTaken) {
    for (const std::string bytes :
         {"<iq/>", "\n<iq/>", "\x0b", "\n\x0c", "GET / HTTP/1.1\r\n\r\n"}) {
        Recorder recorder;
        Pair pair;
        Connection one(loop, std::move(pair.near), recorder, marks);
        one.resume_reading();
        one.start_tls(ends.server(), Connection::TlsRole::accepting,
                      Connection::ClearTail::white_space, GetParam());
        write_all(pair.far, bytes);
        write_all(pair.far, "more of it");  // a whole record's head
        ASSERT_TRUE(wait([&] { return recorder.broken.has_value(); })) << bytes;
        EXPECT_EQ(recorder.broken, core::Broken::tls_failed);
        EXPECT_TRUE(recorder.windows.empty());
    }
}

TEST_P(ClearTailTest, IsNotForDirectTls) {
    begin(Connection::ClearTail::nothing);
    write_all(client_wire, "\n");
    EXPECT_FALSE(handshake_succeeds());
}

TEST_P(TlsConnectionTest, CarriesBytesBothWays) {
    start();
    client.send("ping");
    ASSERT_TRUE(wait([&] { return owner.taken == "ping"; }));
    const std::string much(300'000, 'm');
    server.send(much);
    ASSERT_TRUE(wait([&] { return client_owner.taken.size() == much.size(); }));
    EXPECT_EQ(client_owner.taken, much);
}

TEST_P(TlsConnectionTest, LosesNothingOfALargeSendHoweverOpenSslWritesRecords) {
    core::Ssl one_record_a_call = ends.server();
    SSL_set_mode(one_record_a_call.get(), SSL_MODE_ENABLE_PARTIAL_WRITE);
    server.resume_reading();
    client.resume_reading();
    server.start_tls(std::move(one_record_a_call), Connection::TlsRole::accepting,
                     Connection::ClearTail::nothing, GetParam());
    client.start_tls(ends.client(), Connection::TlsRole::connecting);
    ASSERT_TRUE(wait([&] { return owner.secured && client_owner.secured; }));
    std::string much;
    for (int i = 0; much.size() < 100'000; ++i) much += std::to_string(i) + ' ';
    server.send(much);
    ASSERT_TRUE(wait([&] { return client_owner.taken.size() >= much.size(); }));
    EXPECT_EQ(client_owner.taken, much);
}

TEST_P(TlsConnectionTest, SwitchesFromClearWithinOneConnection) {
    owner.consume = [&](std::string_view window) {
        server.send("proceed");
        accept();
        owner.consume = nullptr;
        return window.size();
    };
    client_owner.consume = [&](std::string_view window) {
        client.start_tls(ends.client(), Connection::TlsRole::connecting);
        client_owner.consume = nullptr;
        return window.size();
    };
    server.resume_reading();
    client.resume_reading();
    client.send("starttls");
    ASSERT_TRUE(wait([&] { return owner.secured && client_owner.secured; }));
    client.send("secret");
    ASSERT_TRUE(wait([&] { return owner.taken == "starttlssecret"; }));
}

TEST_P(TlsConnectionTest, AnUnfinishedWindowGrowsAcrossRecords) {
    start();
    owner.consume = [](std::string_view window) {
        return window.ends_with(';') ? window.size() : 0;
    };
    for (int i = 0; i < 50; ++i) client.send(std::string(5'000, 'r'));
    client.send(";");
    ASSERT_TRUE(wait([&] { return owner.taken.size() == 250'001; }));
    EXPECT_EQ(server.pending_input(), 0U);
}

TEST_P(TlsConnectionTest, PausingKeepsWhatIsAlreadyDecrypted) {
    start();
    owner.consume = [&](std::string_view window) {
        server.pause_reading();
        return window.size();
    };
    const std::string much(200'000, 'p');
    client.send(much);
    ASSERT_TRUE(wait([&] { return !owner.windows.empty(); }));
    for (int i = 0; i < 10; ++i) loop.run_once();
    EXPECT_EQ(owner.windows.size(), 1U);
    EXPECT_LE(server.pending_input(), core::Scratch::kCipherBytes);
    owner.consume = nullptr;
    server.resume_reading();
    ASSERT_TRUE(wait([&] { return owner.taken.size() == much.size(); }));
}

TEST_P(TlsConnectionTest, CloseNotifyIsAnEndNotABreak) {
    start();
    client.send("bye");
    client.finish();
    ASSERT_TRUE(wait([&] { return owner.ended; }));
    EXPECT_EQ(owner.taken, "bye");
    EXPECT_FALSE(owner.broken.has_value());
}

TEST_P(TlsConnectionTest, ACutWithoutCloseNotifyIsAnEndToo) {
    start();
    client.close();
    client_wire.reset();
    ASSERT_TRUE(wait([&] { return owner.ended || owner.broken; }));
    EXPECT_TRUE(owner.ended);
}

TEST_P(TlsConnectionTest, JunkInsteadOfAHandshakeBreaksTheConnection) {
    server.resume_reading();
    accept();
    client.send("GET / HTTP/1.1\r\n\r\n");
    ASSERT_TRUE(wait([&] { return owner.broken.has_value(); }));
    EXPECT_EQ(*owner.broken, core::Broken::tls_failed);
    EXPECT_EQ(owner.detail, "HTTP came instead of TLS");
}

TEST_P(TlsConnectionTest, AClearStreamInsteadOfAHandshakeIsNamed) {
    server.resume_reading();
    accept();
    client.send("<?xml version='1.0'?><stream:stream>");
    ASSERT_TRUE(wait([&] { return owner.broken.has_value(); }));
    EXPECT_EQ(
        owner.detail,
        "what came is no TLS; a stream that begins in clear belongs at a listener of kind c2s");
}

TEST_P(TlsConnectionTest, ADamagedRecordBreaksTheConnection) {
    start();
    write_all(client_wire, std::string_view("\x17\x03\x03\x00\x05junks", 10));
    ASSERT_TRUE(wait([&] { return owner.broken.has_value(); }));
    EXPECT_EQ(*owner.broken, core::Broken::tls_failed);
    EXPECT_TRUE(owner.taken.empty());
}

/// TLS 1.2 without renegotiation. What asks for one here is a server: it may ask again and again.
class RefusedRenegotiationTest : public TlsConnectionTest {
protected:
    void start() {
        core::Ssl refusing = ends.client();
        SSL_set_options(refusing.get(), SSL_OP_NO_RENEGOTIATION);
        SSL_set_max_proto_version(refusing.get(), TLS1_2_VERSION);
        server.resume_reading();
        client.resume_reading();
        accept();
        client.start_tls(std::move(refusing), Connection::TlsRole::connecting);
        ASSERT_TRUE(wait([&] { return owner.secured && client_owner.secured; }));
    }
    /// The client answers with a warning, no_renegotiation (RFC 5246 section 7.2.2).
    void ask_for_renegotiation() {
        ASSERT_EQ(SSL_renegotiate(server.ssl()), 1);
        ASSERT_EQ(SSL_do_handshake(server.ssl()), 1);
        auto& records = loop.scratch().tls.records;
        ASSERT_FALSE(records.empty());
        write_all(server_wire, {records.data(), records.size()});
        records.clear();
    }
};

INSTANTIATE_TEST_SUITE_P(Layers, RefusedRenegotiationTest,
                         testing::Values(core::RecordLayer::openssl), layer_name);

TEST_P(RefusedRenegotiationTest, IsAnsweredBeforeTheOwnerSendsElsewhere) {
    start();
    Pair sockets_of_other;
    Recorder near_owner;
    Recorder far_owner;
    Connection near(loop, std::move(sockets_of_other.near), near_owner, marks);
    Connection far(loop, std::move(sockets_of_other.far), far_owner, marks);
    near.resume_reading();
    far.resume_reading();
    near.start_tls(ends.server(), Connection::TlsRole::accepting);
    far.start_tls(ends.client(), Connection::TlsRole::connecting);
    ASSERT_TRUE(wait([&] { return near_owner.secured && far_owner.secured; }));
    client_owner.consume = [&](std::string_view window) {
        near.send(window);
        return window.size();
    };
    server.send("relayed");
    ask_for_renegotiation();
    ASSERT_TRUE(wait([&] { return far_owner.broken || !far_owner.taken.empty(); }));
    EXPECT_EQ(far_owner.taken, "relayed");
    EXPECT_EQ(far_owner.detail, "");
}

TEST_P(RefusedRenegotiationTest, BreaksWithAPeerThatAsksOnAndReadsNoAnswer) {
    start();
    server.pause_reading();
    std::size_t highest = 0;
    for (int i = 0; i < 4'000 && !client_owner.broken; ++i) {
        ask_for_renegotiation();
        loop.run_once();
        highest = std::max(highest, client.pending_output());
    }
    ASSERT_TRUE(client_owner.broken.has_value());
    EXPECT_EQ(*client_owner.broken, core::Broken::tls_failed);
    EXPECT_LE(highest, 17'000U);
}

TEST_P(TlsConnectionTest, IsNotBlamedForAnErrorThatItsOwnerLeavesInTheQueue) {
    start();
    owner.consume = [](std::string_view window) {
        ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
        return window.size();
    };
    const std::string much(400'000, 'm');
    client.send(much);
    ASSERT_TRUE(wait([&] { return owner.broken || owner.taken.size() == much.size(); }));
    EXPECT_EQ(owner.detail, "");
}

}  // namespace

#include "core/connection.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/certificates.h"
#include "tests/support/run_loop.h"

namespace {

using core::Connection;
using core::EventLoop;
using core::Fd;

/// Records what a connection tells, and consumes as the test says.
struct Recorder final : core::ConnectionEvents {
    std::size_t on_bytes(std::string_view window) override {
        windows.emplace_back(window);
        const std::size_t done = consume ? consume(window) : window.size();
        taken.append(window.substr(0, done));
        return done;
    }
    void on_end() override { ended = true; }
    void on_broken(core::Broken why, std::string_view words) override {
        broken = why;
        detail = words;
    }
    void on_drained() override { ++drained; }
    void on_secured() override { secured = true; }

    std::function<std::size_t(std::string_view)> consume;
    std::vector<std::string> windows;
    std::string taken;
    std::string detail;
    bool ended = false;
    bool secured = false;
    int drained = 0;
    std::optional<core::Broken> broken;
};

struct Pair {
    Pair() {
        int fds[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
        near.reset(fds[0]);
        far.reset(fds[1]);
    }
    Fd near;
    Fd far;
};

void write_all(const Fd& fd, std::string_view bytes) {
    ASSERT_EQ(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
}

std::string read_some(const Fd& fd) {
    std::string bytes(1 << 20, '\0');
    const auto got = ::recv(fd.get(), bytes.data(), bytes.size(), 0);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
}

class ConnectionTest : public testing::Test {
protected:
    bool wait(const std::function<bool()>& until) { return test::run_until(loop, until); }

    EventLoop loop;
    core::Watermarks marks{.low = 10'000, .high = 40'000};
    Recorder owner;
    Pair sockets;
};

TEST_F(ConnectionTest, ShowsWhatWasNotConsumedAgainWithWhatFollows) {
    owner.consume = [](std::string_view window) { return window.rfind(';') + 1; };
    Connection connection(loop, std::move(sockets.near), owner, marks);
    connection.resume_reading();
    write_all(sockets.far, "one;tw");
    ASSERT_TRUE(wait([&] { return !owner.windows.empty(); }));
    EXPECT_EQ(connection.pending_input(), 2U);
    write_all(sockets.far, "o;");
    ASSERT_TRUE(wait([&] { return owner.windows.size() == 2; }));
    EXPECT_EQ(owner.windows[1], "two;");
    EXPECT_EQ(owner.taken, "one;two;");
    EXPECT_EQ(connection.pending_input(), 0U);
}

TEST_F(ConnectionTest, HoldsNoInputWhileIdle) {
    Connection connection(loop, std::move(sockets.near), owner, marks);
    connection.resume_reading();
    write_all(sockets.far, std::string(30'000, 'x'));
    ASSERT_TRUE(wait([&] { return owner.taken.size() == 30'000; }));
    EXPECT_EQ(connection.pending_input(), 0U);
    EXPECT_LE(sizeof(Connection), 320U);
}

TEST_F(ConnectionTest, PausedMeansNoBytesUntilResumed) {
    Connection connection(loop, std::move(sockets.near), owner, marks);
    owner.consume = [&](std::string_view) -> std::size_t {
        connection.pause_reading();
        return 1;
    };
    connection.resume_reading();
    write_all(sockets.far, "abc");
    ASSERT_TRUE(wait([&] { return owner.windows.size() == 1; }));
    write_all(sockets.far, "d");
    for (int i = 0; i < 10; ++i) loop.run_once();
    EXPECT_EQ(owner.windows.size(), 1U);
    owner.consume = nullptr;
    connection.resume_reading();
    ASSERT_TRUE(wait([&] { return owner.taken == "abcd"; }));
    EXPECT_EQ(owner.windows[1], "bc");
}

TEST_F(ConnectionTest, TellsOfTheEndAfterTheLastBytes) {
    Connection connection(loop, std::move(sockets.near), owner, marks);
    connection.resume_reading();
    write_all(sockets.far, "last");
    ::shutdown(sockets.far.get(), SHUT_WR);
    ASSERT_TRUE(wait([&] { return owner.ended; }));
    EXPECT_EQ(owner.taken, "last");
    EXPECT_TRUE(connection.send("answer"));
    EXPECT_EQ(read_some(sockets.far), "answer");
}

TEST_F(ConnectionTest, SaysStopAboveTheHighMarkAndDrainedAtTheLowOne) {
    Connection connection(loop, std::move(sockets.near), owner, marks);
    const std::string block(16'000, 'b');
    std::size_t sent = 0;
    while (connection.send(block)) {
        sent += block.size();
        ASSERT_LT(sent, 10'000'000U);
    }
    sent += block.size();
    EXPECT_LE(connection.pending_output(), marks.high + block.size());
    EXPECT_EQ(owner.drained, 0);
    std::size_t received = 0;
    ASSERT_TRUE(wait([&] {
        received += read_some(sockets.far).size();
        return received == sent;
    }));
    EXPECT_EQ(owner.drained, 1);
    EXPECT_EQ(connection.pending_output(), 0U);
}

TEST_F(ConnectionTest, FinishFlushesBeforeTheFin) {
    Connection connection(loop, std::move(sockets.near), owner, marks);
    const std::string block(1'000'000, 'b');
    connection.send(block);
    connection.finish();
    connection.send("ignored");
    std::size_t received = 0;
    ASSERT_TRUE(wait([&] {
        received += read_some(sockets.far).size();
        return received >= block.size();
    }));
    EXPECT_EQ(received, block.size());
    ASSERT_TRUE(wait([&] {
        char byte;
        return ::recv(sockets.far.get(), &byte, 1, 0) == 0;
    }));
    EXPECT_EQ(owner.drained, 1);
}

TEST_F(ConnectionTest, AFailedSendIsToldFromTheLoop) {
    Connection connection(loop, std::move(sockets.near), owner, marks);
    sockets.far.reset();
    connection.send("lost");
    EXPECT_FALSE(owner.broken.has_value());
    ASSERT_TRUE(wait([&] { return owner.broken.has_value(); }));
    EXPECT_EQ(*owner.broken, core::Broken::reset);
}

TEST_F(ConnectionTest, MayBeClosedFromWithinItsOwnCallback) {
    Connection connection(loop, std::move(sockets.near), owner, marks);
    owner.consume = [&](std::string_view) -> std::size_t {
        connection.close();
        return 0;
    };
    connection.resume_reading();
    write_all(sockets.far, "abc");
    ASSERT_TRUE(wait([&] { return !connection.is_open(); }));
    EXPECT_EQ(owner.windows.size(), 1U);
}

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

/// Both ends of a TLS connection on one loop.
class TlsConnectionTest : public ConnectionTest {
protected:
    TlsConnectionTest()
        : server_wire(::dup(sockets.near.get())),
          client_wire(::dup(sockets.far.get())),
          server(loop, std::move(sockets.near), owner, marks),
          client(loop, std::move(sockets.far), client_owner, marks) {}

    void start() {
        server.resume_reading();
        client.resume_reading();
        server.start_tls(ends.server(), Connection::TlsRole::accepting);
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

TEST_F(TlsConnectionTest, CarriesBytesBothWays) {
    start();
    client.send("ping");
    ASSERT_TRUE(wait([&] { return owner.taken == "ping"; }));
    const std::string much(300'000, 'm');
    server.send(much);
    ASSERT_TRUE(wait([&] { return client_owner.taken.size() == much.size(); }));
    EXPECT_EQ(client_owner.taken, much);
}

TEST_F(TlsConnectionTest, LosesNothingOfALargeSendHoweverOpenSslWritesRecords) {
    core::Ssl one_record_a_call = ends.server();
    SSL_set_mode(one_record_a_call.get(), SSL_MODE_ENABLE_PARTIAL_WRITE);
    server.resume_reading();
    client.resume_reading();
    server.start_tls(std::move(one_record_a_call), Connection::TlsRole::accepting);
    client.start_tls(ends.client(), Connection::TlsRole::connecting);
    ASSERT_TRUE(wait([&] { return owner.secured && client_owner.secured; }));
    std::string much;
    for (int i = 0; much.size() < 100'000; ++i) much += std::to_string(i) + ' ';
    server.send(much);
    ASSERT_TRUE(wait([&] { return client_owner.taken.size() >= much.size(); }));
    EXPECT_EQ(client_owner.taken, much);
}

TEST_F(TlsConnectionTest, SwitchesFromClearWithinOneConnection) {
    owner.consume = [&](std::string_view window) {
        server.send("proceed");
        server.start_tls(ends.server(), Connection::TlsRole::accepting);
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

TEST_F(TlsConnectionTest, AnUnfinishedWindowGrowsAcrossRecords) {
    start();
    owner.consume = [](std::string_view window) {
        return window.ends_with(';') ? window.size() : 0;
    };
    for (int i = 0; i < 50; ++i) client.send(std::string(5'000, 'r'));
    client.send(";");
    ASSERT_TRUE(wait([&] { return owner.taken.size() == 250'001; }));
    EXPECT_EQ(server.pending_input(), 0U);
}

TEST_F(TlsConnectionTest, PausingKeepsWhatIsAlreadyDecrypted) {
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

TEST_F(TlsConnectionTest, CloseNotifyIsAnEndNotABreak) {
    start();
    client.send("bye");
    client.finish();
    ASSERT_TRUE(wait([&] { return owner.ended; }));
    EXPECT_EQ(owner.taken, "bye");
    EXPECT_FALSE(owner.broken.has_value());
}

TEST_F(TlsConnectionTest, ACutWithoutCloseNotifyIsAnEndToo) {
    start();
    client.close();
    client_wire.reset();
    ASSERT_TRUE(wait([&] { return owner.ended || owner.broken; }));
    EXPECT_TRUE(owner.ended);
}

TEST_F(TlsConnectionTest, JunkInsteadOfAHandshakeBreaksTheConnection) {
    server.resume_reading();
    server.start_tls(ends.server(), Connection::TlsRole::accepting);
    client.send("GET / HTTP/1.1\r\n\r\n");
    ASSERT_TRUE(wait([&] { return owner.broken.has_value(); }));
    EXPECT_EQ(*owner.broken, core::Broken::tls_failed);
    EXPECT_FALSE(owner.detail.empty());
}

TEST_F(TlsConnectionTest, ADamagedRecordBreaksTheConnection) {
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
        server.start_tls(ends.server(), Connection::TlsRole::accepting);
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

TEST_F(RefusedRenegotiationTest, IsAnsweredBeforeTheOwnerSendsElsewhere) {
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

TEST_F(RefusedRenegotiationTest, BreaksWithAPeerThatAsksOnAndReadsNoAnswer) {
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

TEST_F(TlsConnectionTest, IsNotBlamedForAnErrorThatItsOwnerLeavesInTheQueue) {
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

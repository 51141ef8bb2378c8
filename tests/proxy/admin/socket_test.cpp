// Aim: one command a connection, from root and our own user alone, within bounds of size, time and
// number; whoever vanishes, hangs or floods costs nothing but its own connection.

#include "proxy/admin/socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "proxy/admin/protocol.h"
#include "tests/proxy/admin/fake_admin_target.h"
#include "tests/support/run_loop.h"
#include "tests/support/temp_dir.h"

namespace proxy {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

/// One connection as an operator's tool makes it.
class Client {
public:
    Client(core::EventLoop& loop, const fs::path& path) : loop_(loop) {
        auto connected = core::connect_unix(path);
        EXPECT_TRUE(connected);
        if (connected) socket_ = std::move(connected).value();
    }

    void send(std::string_view bytes) {
        // May fail once the other side has answered and closed.
        (void)::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    void ask(const std::vector<std::string>& words) { send(*encode_admin_request(words)); }

    /// Reads until the other side closes.
    AdminReply reply() {
        EXPECT_TRUE(test::run_until(loop_, [this] { return read_some(); }));
        const auto read = decode_admin_reply(bytes_);
        EXPECT_TRUE(read) << read.error();
        return read ? *read : AdminReply{-1, {}};
    }

    void close() { socket_.reset(); }

private:
    /// True at the end.
    bool read_some() {
        std::array<char, 4096> buffer;
        const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
        if (got > 0) bytes_.append(buffer.data(), static_cast<std::size_t>(got));
        return got == 0 || (got < 0 && errno != EAGAIN);
    }

    core::EventLoop& loop_;
    core::Fd socket_;
    std::string bytes_;
};

class AdminSocketTest : public ::testing::Test {
protected:
    AdminSocketTest() { settings_.path = folder_.path() / "admin.sock"; }

    void open() {
        auto opened = AdminSocket::open(loop_, target_, settings_);
        ASSERT_TRUE(opened) << opened.error();
        socket_ = std::move(opened).value();
    }
    Client client() { return {loop_, settings_.path}; }

    core::EventLoop loop_;
    FakeAdminTarget target_;
    const test::TempDir folder_;
    AdminSocket::Settings settings_;
    std::unique_ptr<AdminSocket> socket_;
};

TEST_F(AdminSocketTest, AnswersOnceAndCloses) {
    open();
    Client asking = client();
    asking.ask({"weight", "main/a", "50"});
    const AdminReply reply = asking.reply();
    EXPECT_EQ(reply.code, 0);
    EXPECT_EQ(reply.text,
              "main/a: weight 100 -> 50; 12 sessions there\n"
              "the file says 100: this counts until that changes; a restart forgets it (see\n"
              "[admin] state)\n"
              "undo: stanzagate weight main/a 100\n");
    EXPECT_EQ(target_.asked_, std::vector<std::string>{"weight main/a 50"});
}

TEST_F(AdminSocketTest, RequestMayComeInPieces) {
    open();
    Client asking = client();
    const std::string request = *encode_admin_request(std::vector<std::string>{"status"});
    for (const char byte : request) {
        asking.send({&byte, 1});
        loop_.run_once();
    }
    EXPECT_TRUE(asking.reply().text.starts_with("stanzagate 0.1.0, up "));
}

TEST_F(AdminSocketTest, LargeAnswersArriveWhole) {
    target_.sessions_.resize(8'000);
    target_.matching_ = 8'000;
    open();
    Client asking = client();
    asking.ask({"sessions", "--json"});
    EXPECT_GT(asking.reply().text.size(), 800'000U);
}

TEST_F(AdminSocketTest, StrangersAreRefusedWhateverTheyAsk) {
    settings_.peer_of = [](int) { return core::UnixPeer{::geteuid() + 1, 7}; };
    open();
    Client stranger = client();
    stranger.ask({"reload"});
    const AdminReply reply = stranger.reply();
    EXPECT_EQ(reply.code, 1);
    EXPECT_EQ(reply.text, "stanzagate: only root and the user of this process may command it\n");
    EXPECT_TRUE(target_.asked_.empty());
}

TEST_F(AdminSocketTest, WhoCannotBeToldIsAStranger) {
    settings_.peer_of = [](int) { return std::nullopt; };
    open();
    EXPECT_EQ(client().reply().code, 1);
}

TEST_F(AdminSocketTest, RootMayCommand) {
    settings_.peer_of = [](int) { return core::UnixPeer{0, 7}; };
    open();
    Client root = client();
    root.ask({"status"});
    EXPECT_EQ(root.reply().code, 0);
}

TEST_F(AdminSocketTest, BadRequestsAreToldWhatIsWrong) {
    open();
    Client stranger = client();
    stranger.send("GET / HTTP/1.1\r\n\r\n");
    const AdminReply reply = stranger.reply();
    EXPECT_EQ(reply.code, 1);
    EXPECT_EQ(reply.text, "stanzagate: a request begins with \"stanzagate-admin 1\"\n");
}

TEST_F(AdminSocketTest, SilentClientsAreClosed) {
    settings_.patience.request = milliseconds(20);
    open();
    Client half = client();
    half.send("stanzagate-admin 1\nstat");
    EXPECT_EQ(half.reply().text, "stanzagate: no whole request within 20ms\n");
}

TEST_F(AdminSocketTest, AnswerThatDoesNotComeIsSaid) {
    settings_.patience.work = milliseconds(20);
    target_.holds_reload_ = true;
    open();
    Client asking = client();
    asking.ask({"reload"});
    EXPECT_EQ(asking.reply().text,
              "stanzagate: no answer within 20ms; it may still be carried out\n");
    target_.held_(ReloadResult{true, {}, {}, {}});  // nobody waits for it any more
}

TEST_F(AdminSocketTest, ClientsThatDoNotReadAreClosed) {
    settings_.patience.reply = milliseconds(20);
    target_.sessions_.resize(20'000);
    open();
    Client deaf = client();
    deaf.ask({"sessions", "--json"});
    ASSERT_TRUE(test::run_until(loop_, [this] { return !target_.asked_.empty(); }));
    const auto until = core::Clock::now() + milliseconds(60);
    ASSERT_TRUE(test::run_until(loop_, [&] { return core::Clock::now() > until; }));
    Client next = client();
    next.ask({"status"});
    EXPECT_EQ(next.reply().code, 0);
}

TEST_F(AdminSocketTest, OnlySoManyAtOnce) {
    open();
    std::vector<Client> waiting;
    for (std::size_t i = 0; i < AdminSocket::kMostExchanges; ++i) {
        waiting.push_back(client());
        loop_.run_once();
    }
    Client next = client();
    EXPECT_EQ(next.reply().text, "stanzagate: too many commands at once; try again\n");
    waiting.front().ask({"status"});
    EXPECT_EQ(waiting.front().reply().code, 0);
    Client later = client();
    later.ask({"status"});
    EXPECT_EQ(later.reply().code, 0);
}

TEST_F(AdminSocketTest, AnswerComesLaterWhileOthersAreServed) {
    target_.holds_reload_ = true;
    open();
    Client reloading = client();
    reloading.ask({"reload"});
    ASSERT_TRUE(test::run_until(loop_, [this] { return target_.held_ != nullptr; }));
    Client other = client();
    other.ask({"status"});
    EXPECT_EQ(other.reply().code, 0);
    target_.held_(ReloadResult{true, {"[limits] login: 30s -> 10s"}, {}, {}});
    EXPECT_EQ(reloading.reply().text,
              "reloaded /etc/stanzagate/stanzagate.toml\nchanged:\n  [limits] login: 30s -> 10s\n");
}

TEST_F(AdminSocketTest, MayEndWhileACommandIsCarriedOut) {
    target_.holds_reload_ = true;
    open();
    Client reloading = client();
    reloading.ask({"reload"});
    ASSERT_TRUE(test::run_until(loop_, [this] { return target_.held_ != nullptr; }));
    socket_.reset();
    target_.held_(ReloadResult{true, {}, {}, {}});
    EXPECT_FALSE(fs::exists(settings_.path));
}

TEST_F(AdminSocketTest, ClientsThatVanishCostNothing) {
    open();
    Client silent = client();
    Client asking = client();
    asking.ask({"status"});
    silent.close();
    asking.close();
    ASSERT_TRUE(test::run_until(loop_, [this] {
        Client next = client();
        next.ask({"status"});
        return next.reply().code == 0;
    }));
}

TEST_F(AdminSocketTest, SecondProcessIsToldThatThereIsOne) {
    open();
    const auto second = AdminSocket::open(loop_, target_, settings_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error(), "[admin] socket " + settings_.path.string() +
                                  ": another process listens there; end it or choose another path");
    EXPECT_TRUE(fs::exists(settings_.path));
}

}  // namespace
}  // namespace proxy

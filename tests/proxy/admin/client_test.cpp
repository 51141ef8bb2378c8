// Aim: whoever asks gets the whole answer, or a sentence that says why not and what to do.

#include "proxy/admin/client.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <functional>
#include <thread>

#include "core/unix_socket.h"
#include "tests/support/temp_dir.h"

namespace proxy {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// A process that takes one connection on a thread of its own, and does with it what a test says.
class AdminClient : public ::testing::Test {
protected:
    core::Result<AdminReply, std::string> ask(const std::function<void(int)>& answer,
                                              milliseconds patience = seconds(20)) {
        const auto listener = core::UnixListener::bind(path_, 1);
        EXPECT_TRUE(listener);
        core::Fd held;  // open until the asking has ended
        std::thread server([&] {
            while (!held) held = listener->accept();
            answer(held.get());
        });
        auto reply = ask_admin(path_, kRequest, patience);
        server.join();
        return reply;
    }

    static void send(int fd, std::string_view bytes) {
        (void)::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }

    static constexpr std::string_view kRequest = "stanzagate-admin 1\nstatus\n\n";
    const test::TempDir folder_;
    const fs::path path_ = folder_.path() / "admin.sock";
};

TEST_F(AdminClient, GetsTheAnswerHoweverItIsCut) {
    std::string request;
    const auto reply = ask([&](int fd) {
        std::array<char, 256> buffer;
        while (request.size() < kRequest.size()) {
            const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
            if (got > 0) request.append(buffer.data(), static_cast<std::size_t>(got));
        }
        for (const char byte : encode_admin_reply({1, "no\n"})) send(fd, {&byte, 1});
        ::shutdown(fd, SHUT_RDWR);
    });
    EXPECT_EQ(request, kRequest);
    ASSERT_TRUE(reply) << reply.error();
    EXPECT_EQ(*reply, (AdminReply{1, "no\n"}));
}

TEST_F(AdminClient, HearsARefusalThatDoesNotWaitForTheRequest) {
    const auto reply = ask([](int fd) {
        send(fd, encode_admin_reply({1, "stanzagate: too many\n"}));
        ::shutdown(fd, SHUT_RDWR);
    });
    ASSERT_TRUE(reply) << reply.error();
    EXPECT_EQ(reply->text, "stanzagate: too many\n");
}

TEST_F(AdminClient, SaysThatAnAnswerIsCutOrMissing) {
    const std::string at = "cannot reach stanzagate at " + path_.string() + ": ";
    const auto cut = ask([](int fd) {
        send(fd, "stanzagate-admin 1 0 10\nabc");
        ::shutdown(fd, SHUT_RDWR);
    });
    EXPECT_EQ(cut.error(), at + "the answer is cut short");
    const auto none = ask([](int fd) { ::shutdown(fd, SHUT_RDWR); });
    EXPECT_EQ(none.error(), at + "it closed without an answer");
}

TEST_F(AdminClient, DoesNotWaitForever) {
    const auto reply = ask([](int) {}, milliseconds(30));
    EXPECT_EQ(reply.error(),
              "cannot reach stanzagate at " + path_.string() + ": no answer within 30ms");
}

TEST_F(AdminClient, NamesTheRemedyWhenNobodyIsThere) {
    const auto problem = [this] { return ask_admin(path_, kRequest, seconds(1)).error(); };
    EXPECT_NE(problem().find("no such file (is stanzagate running, with [admin] socket set"),
              std::string::npos)
        << problem();
    const fs::path kept = folder_.path() / "kept.sock";
    {
        const auto listener = core::UnixListener::bind(path_, 1);
        fs::create_hard_link(path_, kept);
    }
    fs::rename(kept, path_);
    EXPECT_NE(problem().find("nobody listens there (stanzagate has ended; start it)"),
              std::string::npos)
        << problem();
}

TEST_F(AdminClient, SaysWhatStandsThereInsteadOfASocket) {
    const std::string remedy = " (name the socket of [admin] with --socket or STANZAGATE_SOCKET)";
    const auto problem = [](const fs::path& path) {
        const std::string said = ask_admin(path, kRequest, seconds(1)).error();
        return said.substr(said.find(": ") + 2);
    };
    EXPECT_EQ(problem(folder_.path()), "it is a directory, no socket" + remedy);
    std::ofstream(path_) << "text";
    EXPECT_EQ(problem(path_), "it is a file, no socket" + remedy);
    EXPECT_EQ(problem("/dev/null"), "it is no socket" + remedy);
}

TEST_F(AdminClient, SaysThatAnotherProgramIsThere) {
    const auto other = ask([](int fd) {
        send(fd, "220 mail.example.org ESMTP\r\n");
        ::shutdown(fd, SHUT_RDWR);
    });
    EXPECT_NE(other.error().find(": another program answers there (name the socket of [admin]"),
              std::string::npos)
        << other.error();

    const core::Fd datagrams(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.native().copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(datagrams.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
              0);
    const auto asked = ask_admin(path_, kRequest, seconds(1));
    EXPECT_NE(asked.error().find(": it is a socket of another program (name"), std::string::npos)
        << asked.error();
}

TEST_F(AdminClient, NamesTheRemedyWhenItMayNot) {
    if (::geteuid() == 0) GTEST_SKIP() << "root may";
    const auto listener = core::UnixListener::bind(path_, 1);
    fs::permissions(path_, fs::perms::none);
    EXPECT_NE(ask_admin(path_, kRequest, seconds(1)).error().find("permission denied (run this as"),
              std::string::npos);
}

}  // namespace
}  // namespace proxy

// Plays two users before a cluster whose nodes can die, for ./quickstart --try and tests/compose:
// logs in, passes a message, has the first user's node killed, resumes at another one. Tells it in
// eight lines. Exit status: 0 all was as it should be, 1 it was not (and why), 2 wrong usage.

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tests/try_client/cluster.h"
#include "tests/try_client/scram_login.h"
#include "tests/try_client/user.h"

namespace {

using namespace try_client;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kUsage =
    "usage: try_client ADDRESS:PORT DOMAIN CERTIFICATE COMMAND [ARGUMENT...]\n"
    "  ADDRESS:PORT  of a STARTTLS listener\n"
    "  CERTIFICATE   PEM file to verify with\n"
    "  COMMAND       with \"where JID\" after it, it prints that session's node; with\n"
    "                \"kill NODE\", it kills one\n"
    "Standard input has two accounts: NAME PASSWORD, one on each line.\n";
constexpr int kLoginTries = 6;

double ms_since(Clock::time_point moment) {
    return std::chrono::duration<double, std::milli>(Clock::now() - moment).count();
}

/// Lines with the time since the beginning.
class Teller {
public:
    void tell(const std::string& what) const {
        std::cout << fmt::format("{:>6.0f} ms  {}", ms_since(began_), what) << std::endl;
    }

private:
    const Clock::time_point began_ = Clock::now();
};

void require(bool is_so, const std::string& otherwise) {
    if (!is_so) throw std::runtime_error(otherwise);
}

void expect_message(User& user, const std::string& body) {
    const std::string got = user.next_message();
    require(got == body,
            fmt::format("{} got \"{}\" where \"{}\" was due", user.bare_jid(), got, body));
}

/// Logs in, again and again until the node is another than `taken`: a balancer may well choose one
/// node twice.
std::string log_in_elsewhere(User& user, const Cluster& cluster, const std::string& taken) {
    for (int i = 0; i < kLoginTries; ++i) {
        user.log_in();
        const std::string node = cluster.node_of(user.bare_jid());
        if (node != taken) return node;
        user.log_out();
    }
    throw std::runtime_error("all logins lead to " + taken);
}

void play(User& romeo, User& juliet, const Cluster& cluster) {
    const Teller teller;
    const auto tell_login = [&](const User& user, const std::string& node) {
        teller.tell(fmt::format("{} has logged in over STARTTLS with {}, and is at node {}",
                                user.bare_jid(), ScramLogin::kMechanism, node));
    };
    const std::string first = log_in_elsewhere(romeo, cluster, "");
    tell_login(romeo, first);
    tell_login(juliet, log_in_elsewhere(juliet, cluster, first));

    auto began = Clock::now();
    juliet.send(romeo.full_jid(), "Are you there?");
    expect_message(romeo, "Are you there?");
    teller.tell(fmt::format("a message went from one to the other in {:.1f} ms", ms_since(began)));

    cluster.kill(first);
    began = Clock::now();
    romeo.wait_for_loss();
    teller.tell(fmt::format("node {} was killed (kill -9); {} has lost the connection", first,
                            romeo.bare_jid()));
    juliet.send(romeo.full_jid(), "Can you hear me?");
    juliet.expect_silence();
    teller.tell(fmt::format("{} wrote to {} meanwhile, and it did not come back", juliet.bare_jid(),
                            romeo.bare_jid()));

    romeo.resume();
    const double resumed = ms_since(began);
    const std::string second = cluster.node_of(romeo.bare_jid());
    require(second != first, "the session is still at " + first);
    teller.tell(fmt::format("{} has resumed the session at node {}, {:.0f} ms after the kill",
                            romeo.bare_jid(), second, resumed));
    expect_message(romeo, "Can you hear me?");
    romeo.expect_silence();
    teller.tell("the message that was underway is there, once: nothing lost, nothing doubled");

    began = Clock::now();
    romeo.send(juliet.full_jid(), "Loud and clear.");
    expect_message(juliet, "Loud and clear.");
    teller.tell(fmt::format("the answer came in {:.1f} ms", ms_since(began)));
    romeo.log_out();
    juliet.log_out();
}

}  // namespace

int main(int argc, char** argv) {
    const auto address = argc > 4 ? core::Endpoint::parse(argv[1]) : std::nullopt;
    std::string names[2];
    std::string passwords[2];
    if (!address || !(std::cin >> names[0] >> passwords[0] >> names[1] >> passwords[1])) {
        std::cerr << kUsage;
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);  // a lost connection is told by read and write
    try {
        const Service service{*address, argv[2], argv[3]};
        User romeo(service, names[0], passwords[0]);
        User juliet(service, names[1], passwords[1]);
        play(romeo, juliet, Cluster({argv + 4, argv + argc}));
    } catch (const std::exception& problem) {
        std::cerr << "try_client: " << problem.what() << '\n';
        return 1;
    }
    return 0;
}

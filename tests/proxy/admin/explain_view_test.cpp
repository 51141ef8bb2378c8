// Aim: an operator reads where a login goes and why, and what becomes of a resumption.

#include "proxy/admin/explain_view.h"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using namespace std::chrono_literals;
using HealthState = balancer::HealthMachine::State;

const ViewTime kLook{std::chrono::system_clock::time_point(1'770'000'000s),
                     core::TimePoint(9'999s)};

Explanation explanation() {
    Explanation what;
    what.user = "juliet@example.org";
    what.domain = what.rule = "example.org";
    what.pool = "main";
    what.balance = conf::Balance::least_sessions;
    what.route = conf::RouteBy::user;
    what.backends = {"a", "b"};
    return what;
}

std::vector<PoolStatus> pools(HealthState of_a = HealthState::up) {
    BackendStatus a;
    a.name = "a";
    a.health = of_a;
    a.weight = 100;
    a.since = kLook.steady - 65s;
    if (of_a == HealthState::down) a.failure = "3 checks failed, connection refused";
    PoolStatus pool;
    pool.name = "main";
    pool.backends = {a};
    return {pool};
}

TEST(ExplainView, WithoutASession) {
    EXPECT_EQ(explain_text(explanation(), pools(), kLook),
              "juliet@example.org\n"
              "domain    example.org\n"
              "pool      main, least-sessions\n"
              "session   none is remembered\n"
              "login     goes by least-sessions to one of a, b\n"
              "resume    works where the client shows the tag of its id with the login (SASL2);\n"
              "          else only if the same backend is chosen by chance\n");
    EXPECT_EQ(explain_json(explanation(), pools(), kLook),
              R"({"user":"juliet@example.org","domain":"example.org","rule":"example.org",)"
              R"("pool":"main","balance":"least-sessions","route":"user","session":null,)"
              R"("goes_to_session":false,"backends":["a","b"],"logins_ahead":0,"refusal":null,)"
              R"("resume":"nothing_remembered"})"
              "\n");
}

TEST(ExplainView, WithASessionThatMayBeResumed) {
    Explanation what = explanation();
    what.rule = "*.org";
    what.remembered = Explanation::Session{"a", false, 240s};
    what.goes_to_session = true;
    what.backends = {"a"};
    EXPECT_EQ(explain_text(what, pools(), kLook),
              "juliet@example.org\n"
              "domain    example.org, by [domain.\"*.org\"]\n"
              "pool      main, least-sessions\n"
              "session   one at a may be resumed for 4m\n"
              "login     goes to a, where the session is\n"
              "resume    works: a is up\n");
    EXPECT_NE(explain_json(what, pools(), kLook)
                  .find(R"("session":{"backend":"a","state":"up","is_live":false,)"
                        R"("resumable_seconds":240},"goes_to_session":true)"),
              std::string::npos);
}

TEST(ExplainView, WithLoginsThatWait) {
    std::vector<PoolStatus> busy = pools();
    busy[0].login_rate = 100;
    busy[0].backends.push_back(busy[0].backends[0]);
    busy[0].backends[1].name = "b";
    busy[0].backends[0].logins_waiting = 40;
    EXPECT_EQ(explain_text(explanation(), busy, kLook).find("turn "), std::string::npos);
    busy[0].backends[1].logins_waiting = 12;
    const std::string text = explain_text(explanation(), busy, kLook);
    EXPECT_NE(text.find("turn      comes after 12 logins that wait, 100 a second (login_rate)\n"),
              std::string::npos)
        << text;
    EXPECT_NE(explain_json(explanation(), busy, kLook).find(R"("logins_ahead":12)"),
              std::string::npos);
}

TEST(ExplainView, WithASessionAtABackendThatIsDown) {
    Explanation what = explanation();
    what.remembered = Explanation::Session{"a", true, 0s};
    what.backends = {"b"};
    std::string text = explain_text(what, pools(HealthState::down), kLook);
    EXPECT_NE(text.find("session   there is one at a\n"
                        "login     goes to b, by least-sessions\n"
                        "resume    is refused with item-not-found: a is down 1m: 3 checks failed,\n"
                        "          connection refused, and no other backend is asked for it\n"),
              std::string::npos)
        << text;
    what.resume_anywhere = true;
    text = explain_text(what, pools(HealthState::down), kLook);
    EXPECT_NE(text.find("resume    is asked for at another backend (resume_anywhere): a is down"),
              std::string::npos)
        << text;
}

TEST(ExplainView, WithASessionAtABackendThatIsGone) {
    Explanation what = explanation();
    what.remembered = Explanation::Session{"", false, 30s};
    const std::string text = explain_text(what, pools(), kLook);
    EXPECT_NE(
        text.find("session   one at a backend that the pool does not have any more may be resumed\n"
                  "          for 30s\n"),
        std::string::npos)
        << text;
    EXPECT_NE(text.find("resume    is asked for at the backend that is chosen\n"),
              std::string::npos);
}

TEST(ExplainView, WithoutAWay) {
    Explanation what = explanation();
    what.backends.clear();
    what.refusal = balancer::RouteFailure::no_backend;
    EXPECT_NE(explain_text(what, pools(), kLook)
                  .find("login     is refused: no backend takes new sessions\n"),
              std::string::npos);
    what.refusal = balancer::RouteFailure::all_full;
    EXPECT_NE(
        explain_text(what, pools(), kLook).find("login     is refused: all backends are full\n"),
        std::string::npos);
    what.rule.clear();
    EXPECT_EQ(explain_text(what, pools(), kLook),
              "juliet@example.org\n"
              "domain    example.org is not served here: no [domain] is for it\n");
}

TEST(ExplainView, ByTheAddressOrTheDomain) {
    Explanation what = explanation();
    what.balance = conf::Balance::hash_ip;
    EXPECT_NE(explain_text(what, pools(), kLook)
                  .find("login     goes by the client's address (--from) to one of a, b\n"),
              std::string::npos);
    what.route = conf::RouteBy::domain;
    const std::string text = explain_text(what, pools(), kLook);
    EXPECT_NE(
        text.find(
            "session   users are not remembered, since route = \"domain\" chooses before the\n"
            "          login\n"),
        std::string::npos)
        << text;
    EXPECT_EQ(text.find("resume"), std::string::npos);
}

}  // namespace
}  // namespace proxy

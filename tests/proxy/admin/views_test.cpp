// Aim: tables stay within a terminal whatever the names are, empty ones say so, and no name can
// steer the terminal or break out of JSON.

#include "proxy/admin/views.h"

#include <gtest/gtest.h>

#include <sstream>

#include "conf/terminal_text.h"
#include "proxy/admin/json.h"
#include "proxy/admin/text_table.h"

namespace proxy {
namespace {

using namespace std::chrono_literals;
using balancer::AdminState;
using HealthState = balancer::HealthMachine::State;

const ViewTime kNow{std::chrono::system_clock::time_point(1'000'000'000s),
                    core::TimePoint(500'000s)};

BackendStatus backend(std::string name) {
    BackendStatus status;
    status.name = std::move(name);
    status.address = "10.0.0.11:5222";
    status.health = HealthState::up;
    status.weight = 100;
    status.file_weight = 100;
    return status;
}

ServerStatus server() {
    ServerStatus status;
    status.version = "0.1.0";
    status.config_file = "/etc/stanzagate/stanzagate.toml";
    status.started = kNow.wall - 11'520s;
    status.config_loaded = kNow.wall - 180s;
    status.workers = 2;
    status.sessions = 412;
    status.session_limit = 32'000;
    status.failed_logins = 17;
    status.entrance = {.waiting = 3, .shed = 90, .gave_up = 8};
    status.refused = {{"process_full", 2}, {"per_address", 0}, {"before_login", 50}};
    status.routed = {3, 400, 20, 5};
    status.resumes = {12, 2, 0, 0, 1, 0};
    status.side_doors = {7, 0, 0};
    status.hedges = {.begun = 9, .won = 8};
    status.listeners = {{"0.0.0.0:5222", "c2s"}, {"[::]:5223", "c2s-tls"}};
    PoolStatus pool;
    pool.name = "main";
    pool.balance = conf::Balance::least_sessions;
    pool.backends = {backend("a"), backend("b")};
    pool.backends[0].sessions = 400;
    pool.backends[0].logins = 3'211;
    pool.backends[0].last_check = 4ms;
    pool.backends[1].health = HealthState::down;
    pool.backends[1].weight = 50;
    pool.backends[1].max_sessions = 500;
    pool.backends[1].sessions = 12;
    pool.backends[1].since = kNow.steady - 185s;
    pool.backends[1].failure = "3 checks failed, connection refused";
    pool.backends[1].cause = "3 checks failed, connection refused";
    status.pools = {pool};
    return status;
}

void expect_fits(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(conf::columns_of(line), kTerminalColumns) << line;
    }
}

TEST(AdminViews, StatusShowsAllOfOneLookAtIt) {
    const std::string text = status_text(server(), kNow);
    EXPECT_EQ(text,
              "stanzagate 0.1.0, up 3h12m, 2 workers\n"
              "config    /etc/stanzagate/stanzagate.toml, loaded 3m ago\n"
              "listen    0.0.0.0:5222 c2s\n"
              "listen    [::]:5223 c2s-tls\n"
              "sessions  412 of at most 32000; 17 logins failed since the start\n"
              "entrance  3 waiting; 90 turned away and 8 gave up since the start\n"
              "refused   2 process_full, 50 before_login\n"
              "routed    3 by domain, 400 by user, 20 by tag, 5 by memory\n"
              "resumes   12 resumed, 2 item-not-found, 1 refused-here\n"
              "cut       7 location: ways of backends past this process\n"
              "beside    9 sessions tried another backend beside a silent one; it served 8\n"
              "live      main/b runs with weight 50, the file says 100\n"
              "live      the operator set this, and it counts; a restart forgets it (see\n"
              "          [admin] state)\n"
              "\n"
              "pool main: least-sessions\n"
              "  BACKEND    WEIGHT  SESSIONS  LOGINS  CHECK  STATE\n"
              "  a             100       400    3211    4ms  up\n"
              "  b        50 [100]    12/500       0      -  down 3m\n"
              "  b is down: 3 checks failed, connection refused\n");
    expect_fits(text);
}

TEST(AdminViews, StatusSaysWhatIsWrong) {
    ServerStatus status = server();
    status.last_reload_problem = "stanzagate.toml:3:1: error: unknown key \"x\"";
    status.pools[0].is_panicking = true;
    status.pools[0].services = {{"_xmpp-client._tcp.example.org", 1, "timed out"}};
    status.pools[0].backends.clear();
    const std::string text = status_text(status, kNow);
    EXPECT_NE(text.find("\nreload    refused since then: stanzagate.toml:3:1: error: unknown key "
                        "\"x\"\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("  too few backends are healthy: their health is ignored\n"
                        "  srv _xmpp-client._tcp.example.org: 1 record; last answer: timed out\n"
                        "  no backends\n"),
              std::string::npos)
        << text;
}

TEST(AdminViews, StatesAreWords) {
    BackendStatus status = backend("a");
    EXPECT_EQ(state_words(status, kNow), "up");
    status.ramp = 40;
    EXPECT_EQ(state_words(status, kNow), "slow start 40%");
    status.weight = 0;
    EXPECT_EQ(state_words(status, kNow), "slow start 40%, takes no new sessions");
    status.health = HealthState::unknown;
    EXPECT_EQ(state_words(status, kNow), "not checked yet, takes no new sessions");
    status.health = HealthState::ejected;
    status.since = kNow.steady - 10s;
    EXPECT_EQ(state_words(status, kNow), "ejected 10s");
    status.failure = "5 sessions failed";
    EXPECT_EQ(state_words(status, kNow), "ejected 10s: 5 sessions failed");
    status.admin = AdminState::drain;
    EXPECT_EQ(state_words(status, kNow), "drained 10s, ejected: 5 sessions failed");
    status.cause = "drain by the operator";
    EXPECT_EQ(state_words(status, kNow), "drained 10s, ejected: 5 sessions failed");
    status.sessions = 1;
    EXPECT_EQ(state_words(status, kNow), "draining, 1 left (10s), ejected: 5 sessions failed");
    status.admin = AdminState::maintenance;
    status.health = HealthState::up;
    status.failure.clear();
    EXPECT_EQ(state_words(status, kNow), "maintenance 10s");
}

TEST(AdminViews, BackendsShowEverythingUncut) {
    const std::string text = backends_text(server().pools, kNow);
    EXPECT_EQ(text,
              "main/a\n"
              "  up\n"
              "    10.0.0.11:5222, priority 0, weight 100\n"
              "    400 sessions, 3211 logins since the start, last check took 4ms\n"
              "main/b\n"
              "  down 3m: 3 checks failed, connection refused\n"
              "    10.0.0.11:5222, priority 0, weight 50 (the file says 100)\n"
              "    12 sessions of 500, 0 logins since the start, no check has passed yet\n");
    EXPECT_EQ(backends_text({}, kNow), "no backends\n");
}

TEST(AdminViews, LoginsThatWaitAreShownWhereTheyWait) {
    ServerStatus status = server();
    status.pools[0].login_rate = 100;
    EXPECT_EQ(status_text(status, kNow).find("logins a second"), std::string::npos) << "of no news";
    EXPECT_NE(backends_text(status.pools, kNow)
                  .find("    at most 100 logins a second; 0 wait, 0 told to come back\n"),
              std::string::npos);
    status.pools[0].backends[0].logins_waiting = 420;
    status.pools[0].backends[1].logins_told_back = 7;
    const std::string text = status_text(status, kNow);
    EXPECT_NE(text.find("  a: at most 100 logins a second; 420 wait, 0 told to come back\n"
                        "  b: at most 100 logins a second; 0 wait, 7 told to come back\n"),
              std::string::npos)
        << text;
    const std::string json = status_json(status, kNow);
    EXPECT_NE(json.find(R"("login_rate":100,)"), std::string::npos);
    EXPECT_NE(json.find(R"("logins_waiting":420,"logins_told_to_come_back":0,)"),
              std::string::npos);
}

TEST(AdminViews, SessionsFitAndIdsAreNeverCut) {
    SessionFacts facts;
    facts.id = "w12-4294967295";
    facts.peer = *core::Endpoint::parse("[2001:db8:1111:2222:3333:4444:5555:6666]:50122");
    facts.state = "negotiating";
    facts.user = std::string(500, 'u') + "@example.org";
    facts.pool = "a-pool-with-a-long-name";
    facts.backend = "backend-with-a-very-long-name.example.org:5222";
    facts.age = 3'661s;
    SessionFacts fresh;
    fresh.id = "w0-1";
    fresh.domain = "example.org";
    fresh.state = "routing";
    const std::string text = sessions_text({}, "", {facts, fresh}, 412);
    expect_fits(text);
    EXPECT_NE(text.find("w12-4294967295  uuuu"), std::string::npos) << text;
    EXPECT_NE(text.find("\u2026  negotiating  1h1m\n"), std::string::npos) << text;
    EXPECT_NE(text.find("w0-1            (example"), std::string::npos) << text;
    EXPECT_NE(text.find("\n2 of 412 sessions; --limit 412 shows more\n"), std::string::npos);
    EXPECT_NE(sessions_text({}, "", {fresh}, 1).find("\n1 session\n"), std::string::npos);
}

TEST(AdminViews, NoNameSteersTheTerminal) {
    ServerStatus status = server();
    const std::string evil = "a\x1b[2J\r\n\xc2\x9b\xe2\x80\xae\xff";
    status.pools[0].name = evil;
    status.pools[0].backends[0].name = evil;
    status.pools[0].backends[1].cause = evil;
    status.pools[0].backends[1].failure = evil;
    status.config_file = evil;
    for (const std::string& text : {status_text(status, kNow), backends_text(status.pools, kNow)}) {
        EXPECT_EQ(text.find_first_of("\x1b\r"), std::string::npos);
        EXPECT_EQ(text.find("\xc2\x9b"), std::string::npos);
        EXPECT_EQ(text.find("\xe2\x80\xae"), std::string::npos);
        EXPECT_EQ(text.find('\xff'), std::string::npos);
        EXPECT_NE(text.find("a?[2J?"), std::string::npos);
    }
}

TEST(AdminViews, JsonHasStableNames) {
    ServerStatus status = server();
    status.pools[0].backends.erase(status.pools[0].backends.begin());
    EXPECT_EQ(status_json(status, kNow),
              R"({"version":"0.1.0","config_file":"/etc/stanzagate/stanzagate.toml",)"
              R"("started":"2001-09-08T22:34:40Z","uptime_seconds":11520,)"
              R"("config_loaded":"2001-09-09T01:43:40Z","config_age_seconds":180,)"
              R"("reload_problem":null,"workers":2,"sessions":412,"session_limit":32000,)"
              R"("failed_logins":17,"waiting":3,"shed":90,"gave_up":8,)"
              R"("refused":{"process_full":2,"per_address":0,"before_login":50},)"
              R"("routed":{"domain":3,"user":400,"tag":20,"remembered":5},)"
              R"("resumes":{"resumed":12,"item-not-found":2,"unexpected-request":0,)"
              R"("other-condition":0,"refused-here":1,"unanswered":0},)"
              R"("side_doors":{"location":7,"see-other-host":0,"see-other-uri":0},)"
              R"("work":{"received_bytes":{"client":0,"backend":0},"stanzas":{"client":)"
              R"({"message":0,"presence":0,"iq":0},"backend":{"message":0,"presence":0,)"
              R"("iq":0}},"ends":{"client_closed":0,"client_lost":0,"client_error":0,"b)"
              R"(ackend_closed":0,"backend_error":0,"backend_lost":0,"bad_client_xml":0)"
              R"(,"bad_backend_xml":0,"bad_frame":0,"bad_header":0,"data_before_tls":0,)"
              R"("not_authorized":0,"not_offered":0,"host_unknown":0,"no_backend":0,"po)"
              R"(ol_full":0,"login_rate":0,"backend_refused":0,"backend_timeout":0,"tls)"
              R"(_failed":0,"login_timeout":0,"process_full":0,"address_limit":0,"flood)"
              R"(":0,"shutdown":0,"kicked":0,"maintenance":0,"upgrade":0}},)"
              R"("tls_connections":{"compact":0,"openssl":0},)"
              R"("hedges":{"begun":9,"won":8},)"
              R"("listeners":[{"address":"0.0.0.0:5222","kind":"c2s"},)"
              R"({"address":"[::]:5223","kind":"c2s-tls"}],)"
              R"("live":{"differs":["main/b runs with weight 50, the file says 100"],)"
              R"("state_file":null,"problem":null},"old_processes":[],)"
              R"("pools":[{"name":"main","balance":"least-sessions","is_panicking":false,)"
              R"("login_rate":null,"slowed_sessions":0,"slowed_ms":0,"known_offers":[],)"
              R"("services":[],"backends":[{"name":"b","address":"10.0.0.11:5222","priority":0,)"
              R"("admin_state":"ready","health":"down",)"
              R"("state":"down 3m: 3 checks failed, connection refused",)"
              R"("cause":"3 checks failed, connection refused",)"
              R"("failure":"3 checks failed, connection refused","warning":null,)"
              R"("state_seconds":185,"weight":50,)"
              R"("file_weight":100,"ramp_percent":100,"sessions":12,"max_sessions":500,)"
              R"("logins":0,"logins_waiting":0,"logins_told_to_come_back":0,"check_ms":null}]}]})"
              "\n");
    EXPECT_EQ(
        sessions_json("", {SessionFacts{}}, 1),
        R"({"matching":1,"pseudonym":null,"sessions":[{"id":"","client":"-","kind":"","state":"",)"
        R"("domain":null,"user":null,"pool":null,"backend":null,"age_seconds":0,)"
        R"("stanzas_in":0,"stanzas_out":0,"is_resumable":false}]})"
        "\n");
    EXPECT_EQ(error_json("a\"\n"), "{\"error\":\"a\\\"\\n\"}\n");
}

TEST(TextTable, CutsTheWidestColumnsThatMayBeCut) {
    TextTable table({{"NAME", TextTable::Align::left, true}, {"N", TextTable::Align::right}}, 2);
    table.add({std::string(200, 'x'), "1"});
    table.add({"\u00fcber", "100"});
    const std::string text = table.text();
    expect_fits(text);
    EXPECT_NE(text.find("x\u2026    1\n"), std::string::npos) << text;
    EXPECT_NE(text.find("\n  \u00fcber "), std::string::npos) << text;
}

TEST(TextTable, WrapsAtBlanks) {
    EXPECT_EQ(wrapped("", 2), "");
    EXPECT_EQ(wrapped("a\n\nb", 1), " a\n \n b\n");
    const std::string word(50, 'a');
    EXPECT_EQ(wrapped(word + " " + word, 0), word + "\n" + word + "\n");
    EXPECT_EQ(wrapped(word + word, 0),
              word + std::string(30, 'a') + "\n" + std::string(20, 'a') + "\n");
    expect_fits(wrapped(std::string(1'000, ' '), 4));
}

TEST(TextTable, AgesHaveTwoUnits) {
    EXPECT_EQ(age_text(-5s), "0s");
    EXPECT_EQ(age_text(59s), "59s");
    EXPECT_EQ(age_text(185s), "3m");
    EXPECT_EQ(age_text(3'600s), "1h");
    EXPECT_EQ(age_text(7'500s), "2h5m");
    EXPECT_EQ(age_text(90'000s), "1d1h");
}

}  // namespace
}  // namespace proxy

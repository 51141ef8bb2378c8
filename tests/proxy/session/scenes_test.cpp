// Plays tests/scenes/*.scene, whose lines scene_text.h explains, with a real session between two
// played legs, whole, byte by byte and cut at random.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "conf/units.h"
#include "tests/proxy/session/scene_text.h"
#include "tests/proxy/session/session_scene.h"

namespace proxy {
namespace {

using test::PlayedClient;
using test::PlayedLink;
using test::SceneLine;
using test::SceneLines;
using test::SceneSettings;
using test::SessionScene;

using Cut = std::size_t (*)(std::mt19937& random);

/// Attribute quotes are a matter of taste: scenes are written with '.
std::string quotes_folded(std::string text) {
    std::replace(text.begin(), text.end(), '"', '\'');
    return text;
}

FeaturesProfile profile_in(const SceneLines& lines) {
    const std::string features = test::setting(lines, "features", "");
    FeaturesProfile profile{features, test::setting(lines, "user features", features), {}};
    const std::string prefix = test::setting(lines, "prefix", "");
    const std::size_t blank = prefix.find(' ');
    if (!prefix.empty())
        profile.prefixes.push_back({prefix.substr(0, blank), prefix.substr(blank + 1)});
    return profile;
}

LoginTurn turn_named(const std::string& word) {
    const std::map<std::string, LoginTurn> words{{"now", LoginTurn::now},
                                                 {"wait", LoginTurn::waits},
                                                 {"come back", LoginTurn::come_back},
                                                 {"anew", LoginTurn::anew}};
    return words.at(word);
}

SceneSettings settings_in(const SceneLines& lines) {
    const std::map<std::string, LegBegins> ports{{"c2s", LegBegins::in_clear},
                                                 {"c2s-tls", LegBegins::with_tls},
                                                 {"secured", LegBegins::secured}};
    const std::map<std::string, xmpp::HeldBindings> bindings{
        {"none", xmpp::HeldBindings::none},
        {"end-point", xmpp::HeldBindings::end_point},
        {"all", xmpp::HeldBindings::all}};
    const bool has_begun = !test::setting(lines, "begins", "").empty();
    SceneSettings settings{
        .begins = has_begun ? LegBegins::secured : ports.at(test::setting(lines, "port", "c2s")),
        .profile = profile_in(lines),
        .candidates = std::stoi(test::setting(lines, "backends", "1")),
        .bindings = bindings.at(test::setting(lines, "bindings", "none")),
        .opens_at_once = test::setting(lines, "links", "") != "wait",
        .route_failure = {},
        .limits = {}};
    const std::string routing = test::setting(lines, "routing", "");
    settings.resume_anywhere = test::setting(lines, "pool", "") == "resume_anywhere";
    settings.together = test::setting(lines, "pool", "") == "together";
    settings.by_domain = test::setting(lines, "pool", "") == "by domain";
    settings.turn = turn_named(test::setting(lines, "turns", "now"));
    if (routing == "no_backend") settings.route_failure = balancer::RouteFailure::no_backend;
    if (routing == "all_full") settings.route_failure = balancer::RouteFailure::all_full;
    if (routing == "all_full later")
        settings.later_route_failure = balancer::RouteFailure::all_full;
    return settings;
}

LinkFailure failure_named(std::string_view word) {
    for (int i = 0; i <= static_cast<int>(LinkFailure::silent); ++i)
        if (to_string(static_cast<LinkFailure>(i)) == word) return static_cast<LinkFailure>(i);
    throw std::runtime_error("no such failure: " + std::string(word));
}

/// One scene being played, with one way to cut what is sent.
class Play {
public:
    Play(const SceneLines& lines, Cut cut, unsigned seed)
        : scene_(settings_in(lines)), cut_(cut), random_(seed) {
        if (const std::string user = test::setting(lines, "remembered", ""); !user.empty()) {
            const std::size_t at = user.find(" at ");
            const balancer::Owner owner = owner_named(user.substr(at + 4, 1));
            scene_.remembered.note_session(user.substr(0, at), owner, scene_.time());
            if (user.ends_with(", lost"))
                scene_.remembered.note_end(user.substr(0, at), owner, std::chrono::minutes(10),
                                           scene_.time());
        }
        const std::string begins = test::setting(lines, "begins", "");
        if (!begins.empty()) begin(begins);
    }

    void line(const std::string& key, const std::string& text) {
        const std::string wanted = text == "nothing" ? "" : text;
        if (key == "client sends") {
            in_pieces(text, [this](std::string_view piece) { scene_.client()->says(piece); });
        } else if (key == "backend sends") {
            backend_sends(text);
        } else if (key == "client") {
            scene_.act([&] { client_does(text); });
        } else if (key == "backend") {
            ASSERT_NE(scene_.link(), nullptr);
            scene_.act([&] { backend_does(text); });
        } else if (key == "tls" && text == "cannot start") {
            scene_.client()->tls_problem = "no memory for TLS";
        } else if (key == "tls") {
            scene_.act([this] { scene_.client()->is_secured(); });
        } else if (key == "time passes") {
            scene_.pass(*conf::parse_time(text));
        } else if (key == "evict") {
            evict(text);
        } else if (key == "rate") {
            scene_.set_rate(test::rate_named(text));
        } else if (key == "address") {
            address_is(text);
        } else if (key == "turn") {
            scene_.give_turn(turn_named(text));
        } else if (key == "next turns") {
            scene_.answer_with(turn_named(text));
        } else {
            see(key, text, wanted);
        }
    }
    void see_that_nothing_is_left() {
        EXPECT_EQ(client_got(), "") << "the scene does not tell of this";
        EXPECT_EQ(scene_.to_backend.text, "") << "the scene does not tell of this";
        EXPECT_EQ(scene_.failed_logins, "") << "the scene does not tell of this";
    }

private:
    /// As [limits.address] has it.
    void address_is(const std::string& what) {
        if (what == "has failed too often") scene_.refused_login = Refused::failed_logins;
        if (what == "has all its sessions") scene_.one_too_many = Refused::address_sessions;
    }

    /// What most scenes are not about.
    void begin(const std::string& how) {
        const std::string header =
            "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
            "to='example.org' version='1.0'>";
        const std::string answer =
            "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
            "xmlns:stream='http://etherx.jabber.org/streams' id='b1' from='example.org' "
            "version='1.0'>";
        const std::string sasl = " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";
        line("client sends", header);
        line(
            "backend sends",
            answer + "<stream:features><mechanisms" + sasl +
                "><mechanism>PLAIN</mechanism></mechanisms><authentication xmlns='urn:xmpp:sasl:2'>"
                "<mechanism>PLAIN</mechanism></authentication></stream:features>");
        if (how != "before login") {
            line("client sends", "<auth" + sasl + " mechanism='PLAIN'>AGp1bGlldABwdw==</auth>");
            line("backend sends", "<success" + sasl + "/>");
            line("client sends", header);
            line("backend sends", answer + "<stream:features/>");
            ASSERT_EQ(scene_.logins, 1);
        }
        if (how == "resumable") {
            line("client sends", "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
            line("backend sends", "<enabled xmlns='urn:xmpp:sm:3' id='sm1' resume='true'/>");
        }
        client_got();
        scene_.to_backend.take();
        ASSERT_EQ(scene_.ended, "nothing") << scene_.detail;
    }

    template <class Take>
    void in_pieces(std::string_view bytes, const Take& take) {
        while (!bytes.empty() && scene_.ended == "nothing") {
            const auto size = std::min(bytes.size(), std::max<std::size_t>(cut_(random_), 1));
            scene_.act([&] { take(bytes.substr(0, size)); });
            bytes.remove_prefix(size);
        }
    }
    void backend_sends(std::string_view bytes) {
        ASSERT_NE(scene_.link(), nullptr);
        const int number = scene_.link()->number;
        in_pieces(bytes, [&](std::string_view piece) {
            // Another one does not say the rest of it.
            if (scene_.link()->number == number) scene_.link()->says(piece);
        });
    }
    void client_does(const std::string& what) {
        PlayedClient& client = *scene_.client();
        if (what == "ends")
            client.ends();
        else if (what == "is lost")
            client.is_lost(ClientLoss::connection, "reset");
        else if (what == "breaks a frame")
            client.breaks_rules(
                {true, xmpp::StreamErrorCondition::bad_format, "binary", "text, not bytes"});
        else if (what == "breaks TLS")
            client.is_lost(ClientLoss::tls, "bad record mac");
        else if (what == "takes nothing")
            client.output.is_full = true;
        else if (what == "takes all")
            client.takes_all();
        else
            ADD_FAILURE() << "a client cannot: " << what;
    }
    void backend_does(const std::string& what) {
        PlayedLink& backend = *scene_.link();
        if (what == "opens")
            backend.opens();
        else if (what == "ends")
            backend.ends();
        else if (what == "is lost")
            backend.is_lost("reset");
        else if (what == "is overtaken")
            backend.is_overtaken();
        else if (what == "takes nothing")
            backend.output.is_full = true;
        else if (what == "takes all")
            backend.takes_all();
        else if (what.starts_with("is held "))
            backend.is_held(failure_named(what.substr(8)));
        else if (what.starts_with("fails "))
            backend.fails(failure_named(what.substr(6)));
        else
            ADD_FAILURE() << "a backend cannot: " << what;
    }
    void evict(const std::string& text) {
        const bool is_shutdown = text == "shutdown";
        scene_.act([&] {
            scene_.session()->evict(is_shutdown ? EndReason::shutdown : EndReason::maintenance,
                                    xmpp::StreamErrorCondition::system_shutdown, "connect again",
                                    text != "maintenance nowhere");
        });
    }

    std::string client_got() {
        std::string all = std::exchange(scene_.client_got, {});
        if (scene_.client() != nullptr) all += scene_.client()->output.take();
        return all;
    }
    static balancer::Owner owner_named(const std::string& backend) {
        return balancer::owner_of("main", backend);
    }
    std::string remembered(const std::string& of_user) const {
        const auto known = scene_.remembered.known(of_user, scene_.time());
        if (!known) return of_user + " nowhere";
        std::string text = of_user + " at ";
        for (const char* each : {"a", "b"})
            if (known->owner == owner_named(each)) text += each;
        return known->is_live ? text : text + " for " + conf::time_text(known->left);
    }
    std::string paused() const {
        const bool is_client_paused = !const_cast<SessionScene&>(scene_).client()->is_read();
        const PlayedLink* link = const_cast<SessionScene&>(scene_).link();
        const bool is_backend_paused = link != nullptr && !link->is_read();
        if (is_client_paused && is_backend_paused) return "both";
        return is_client_paused ? "client" : is_backend_paused ? "backend" : "nothing";
    }
    void see(const std::string& key, const std::string& text, const std::string& wanted) {
        if (key == "client gets")
            EXPECT_EQ(quotes_folded(client_got()), wanted);
        else if (key == "backend sees")
            EXPECT_EQ(quotes_folded(scene_.to_backend.take()), wanted);
        else if (key == "routed")
            EXPECT_EQ(scene_.routed, text);
        else if (key == "user")
            EXPECT_EQ(scene_.user, text);
        else if (key == "passed over")
            EXPECT_EQ(scene_.last_passed_over(), text);
        else if (key == "failed logins")
            EXPECT_EQ(std::exchange(scene_.failed_logins, ""), wanted);
        else if (key == "ends")
            EXPECT_EQ(scene_.ended, text);
        else if (key == "detail")
            EXPECT_EQ(scene_.detail, wanted);
        else if (key == "slowed")
            EXPECT_EQ(std::to_string(scene_.slowed) + " for " + conf::time_text(scene_.slowed_for),
                      text);
        else if (key == "paused")
            EXPECT_EQ(paused(), text);
        else if (key == "client leg")
            EXPECT_EQ(scene_.client() ? scene_.client()->state() : "gone", text);
        else if (key == "backend leg")
            EXPECT_EQ(scene_.link() ? scene_.link()->state() : "gone", text);
        else if (key == "logins")
            EXPECT_EQ(std::to_string(scene_.logins), text);
        else if (key == "asked for")
            EXPECT_EQ(scene_.asked_owner,
                      text == "nothing" ? std::nullopt : std::optional(owner_named(text)));
        else if (key == "waits for")
            EXPECT_EQ(scene_.is_in_line ? scene_.asked_for : "nothing", text);
        else if (key == "gives back")
            EXPECT_EQ(std::exchange(scene_.given_back, "nothing"), text);
        else if (key == "routed by")
            EXPECT_EQ(scene_.routed_by, text);
        else if (key == "now remembered")
            EXPECT_EQ(remembered(text.substr(0, text.find(' '))), text);
        else if (key == "counts")
            EXPECT_EQ(scene_.counts(), text);
        else if (key == "session")
            EXPECT_EQ(scene_.session() ? "there" : "released", text);
        else
            ADD_FAILURE() << "unknown line: " << key;
    }

    SessionScene scene_;
    Cut cut_;
    std::mt19937 random_;
};

bool is_setting(std::string_view key) {
    constexpr std::array<std::string_view, 13> kSettings{
        "pool",   "begins",   "remembered", "port",    "cuts",  "features", "user features",
        "prefix", "backends", "bindings",   "routing", "links", "turns"};
    return std::find(kSettings.begin(), kSettings.end(), key) != kSettings.end();
}

void play(const SceneLines& lines, Cut cut, unsigned seed) {
    std::optional<Play> session(std::in_place, lines, cut, seed);
    for (const auto& [key, text, number] : lines) {
        SCOPED_TRACE("line " + std::to_string(number));
        if (key == "another session") {
            session->see_that_nothing_is_left();
            session.emplace(lines, cut, seed);
        } else if (!is_setting(key)) {
            session->line(key, text);
        }
    }
    session->see_that_nothing_is_left();
}

class Scene : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(Scene, GoesTheSameWayHoweverItIsCut) {
    const auto lines = test::read_scene(GetParam());
    ASSERT_FALSE(lines.empty());
    play(
        lines, [](std::mt19937&) { return SIZE_MAX; }, 0);
    if (test::setting(lines, "cuts", "all") == "whole") return;
    play(
        lines, [](std::mt19937&) -> std::size_t { return 1; }, 0);
    for (unsigned seed = 1; seed <= 10; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        play(
            lines, [](std::mt19937& random) -> std::size_t { return random() % 60; }, seed);
    }
}

std::vector<std::filesystem::path> all_scenes() {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(SOURCE_DIR "/tests/scenes")) {
        if (entry.path().extension() == ".scene") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

INSTANTIATE_TEST_SUITE_P(All, Scene, testing::ValuesIn(all_scenes()),
                         [](const auto& scene) { return scene.param.stem().string(); });

}  // namespace
}  // namespace proxy

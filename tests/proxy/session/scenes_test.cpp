// Plays tests/scenes/*.scene with a real session between two played legs, whole, byte by byte and
// cut at random. A scene is a list of lines "who does: text"; a line that begins with blanks goes
// on with the text before it. `\n`, `\t` and `\xNN` stand for bytes.
//
//   # Aim: ...                   what the scene shows, and the rule behind it
// What the scene begins with:
//   port: c2s-tls, or secured    (default c2s); secured: by something below the stream
//   cuts: whole                  (default: all ways to cut)
//   features: <stream:features/> what the proxy offers by itself (default: the backend says it)
//   user features: <stream:features/> the same to headers that name a user (default: the same)
//   prefix: x urn:x              that the proxy's header declares (default: none)
//   backends: 2                  candidates that are tried in turn (default: 1)
//   bindings: end-point          what logins can be bound to there, or all (default: none)
//   routing: no_backend, all_full (default: there are candidates)
//   links: wait                  no candidate is connected before `backend: opens` (default: at
//   once)
// What happens:
//   client sends / backend sends: BYTES
//   client / backend: ends, is lost, takes nothing, takes all; backend: opens, fails WHY
//   tls: established, cannot start (to be said before it is asked for)
//   time passes: 30s
//   evict: shutdown, or maintenance nowhere (that nobody else knows the session)
// What is to be seen:
//   client gets / backend sees (all since the last look), routed: DOMAIN, user: BARE JID, passed
//   over: WHY (a backend, since the last look), failed logins: ATTEMPT MECHANISM USER CONDITION,
//   ... (since the last look), ends: REASON, detail: TEXT, paused: client, backend, both or
//   nothing, client leg: open, finished, gone; backend leg: open, finished, left, cut, gone, lost;
//   logins: COUNT; session: released, or there; counts: 1 resumed, 1 location (all since the start)

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "conf/units.h"
#include "tests/proxy/session/session_scene.h"

namespace proxy {
namespace {

using test::PlayedClient;
using test::PlayedLink;
using test::SceneSettings;
using test::SessionScene;

struct Line {
    std::string key;
    std::string text;
    int number;
};

std::string unescape(std::string_view raw) {
    std::string text;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] != '\\' || i + 1 == raw.size()) {
            text += raw[i];
            continue;
        }
        const char what = raw[++i];
        if (what == 'n') text += '\n';
        if (what == 't') text += '\t';
        if (what == 'x') {
            text += static_cast<char>(std::stoi(std::string(raw.substr(i + 1, 2)), nullptr, 16));
            i += 2;
        }
    }
    return text;
}

/// With the tagged ids that it names.
std::string with_tags(std::string text) {
    for (std::size_t at = 0; (at = text.find('{', at)) != std::string::npos;) {
        const std::size_t colon = text.find(':', at);
        const std::size_t end = text.find('}', at);
        const auto owner = balancer::owner_of("main", text.substr(at + 1, colon - at - 1));
        const std::string id = text.substr(colon + 1, end - colon - 1);
        text.replace(at, end + 1 - at, ::test::some_tags()->tagged(owner, id));
    }
    return text;
}

std::vector<Line> read_scene(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::vector<Line> lines;
    std::string raw;
    for (int number = 1; std::getline(in, raw); ++number) {
        if (raw.empty() || raw.starts_with('#')) continue;
        if (raw.starts_with(' ')) {
            lines.back().text += unescape(raw.substr(raw.find_first_not_of(' ')));
            continue;
        }
        const auto colon = raw.find(':');
        const auto begin = raw.find_first_not_of(' ', colon + 1);
        lines.push_back({raw.substr(0, colon),
                         begin == std::string::npos ? "" : unescape(raw.substr(begin)), number});
    }
    for (Line& line : lines) line.text = with_tags(std::move(line.text));
    return lines;
}

using Cut = std::size_t (*)(std::mt19937& random);

/// Attribute quotes are a matter of taste: scenes are written with '.
std::string quotes_folded(std::string text) {
    std::replace(text.begin(), text.end(), '"', '\'');
    return text;
}

/// What the scene says once for all of it.
std::string setting(const std::vector<Line>& lines, std::string_view key, std::string otherwise) {
    const auto found =
        std::find_if(lines.begin(), lines.end(), [&](const Line& line) { return line.key == key; });
    return found == lines.end() ? otherwise : found->text;
}

FeaturesProfile profile_in(const std::vector<Line>& lines) {
    const std::string features = setting(lines, "features", "");
    FeaturesProfile profile{features, setting(lines, "user features", features), {}};
    const std::string prefix = setting(lines, "prefix", "");
    const std::size_t blank = prefix.find(' ');
    if (!prefix.empty())
        profile.prefixes.push_back({prefix.substr(0, blank), prefix.substr(blank + 1)});
    return profile;
}

SceneSettings settings_in(const std::vector<Line>& lines) {
    const std::map<std::string, LegBegins> ports{{"c2s", LegBegins::in_clear},
                                                 {"c2s-tls", LegBegins::with_tls},
                                                 {"secured", LegBegins::secured}};
    const std::map<std::string, xmpp::HeldBindings> bindings{
        {"none", xmpp::HeldBindings::none},
        {"end-point", xmpp::HeldBindings::end_point},
        {"all", xmpp::HeldBindings::all}};
    const bool is_logged_in = !setting(lines, "begins", "").empty();
    SceneSettings settings{
        .begins = is_logged_in ? LegBegins::secured : ports.at(setting(lines, "port", "c2s")),
        .profile = profile_in(lines),
        .candidates = std::stoi(setting(lines, "backends", "1")),
        .bindings = bindings.at(setting(lines, "bindings", "none")),
        .opens_at_once = setting(lines, "links", "") != "wait",
        .route_failure = {},
        .limits = {}};
    const std::string routing = setting(lines, "routing", "");
    settings.resume_anywhere = setting(lines, "pool", "") == "resume_anywhere";
    settings.together = setting(lines, "pool", "") == "together";
    if (routing == "no_backend") settings.route_failure = balancer::RouteFailure::no_backend;
    if (routing == "all_full") settings.route_failure = balancer::RouteFailure::all_full;
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
    Play(const std::vector<Line>& lines, Cut cut, unsigned seed)
        : scene_(settings_in(lines)), cut_(cut), random_(seed) {
        if (const std::string user = setting(lines, "remembered", ""); !user.empty()) {
            const std::size_t at = user.find(" at ");
            scene_.remembered.note_session(user.substr(0, at), owner_named(user.substr(at + 4)),
                                           scene_.time());
        }
        const std::string begins = setting(lines, "begins", "");
        if (!begins.empty()) log_in(begins == "resumable");
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
    void log_in(bool is_resumable) {
        const std::string header =
            "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
            "to='example.org' version='1.0'>";
        const std::string answer =
            "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
            "xmlns:stream='http://etherx.jabber.org/streams' id='b1' from='example.org' "
            "version='1.0'>";
        const std::string sasl = " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";
        line("client sends", header);
        line("backend sends", answer + "<stream:features><mechanisms" + sasl +
                                  "><mechanism>PLAIN</mechanism></mechanisms></stream:features>");
        line("client sends", "<auth" + sasl + " mechanism='PLAIN'>AGp1bGlldABwdw==</auth>");
        line("backend sends", "<success" + sasl + "/>");
        line("client sends", header);
        line("backend sends", answer + "<stream:features/>");
        if (is_resumable) {
            line("client sends", "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
            line("backend sends", "<enabled xmlns='urn:xmpp:sm:3' id='sm1' resume='true'/>");
        }
        client_got();
        scene_.to_backend.take();
        ASSERT_EQ(scene_.ended, "nothing") << scene_.detail;
        ASSERT_EQ(scene_.logins, 1);
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
        else if (what == "takes nothing")
            backend.output.is_full = true;
        else if (what == "takes all")
            backend.takes_all();
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
        const bool is_backend_paused = !const_cast<SessionScene&>(scene_).link()->is_read();
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
    constexpr std::array<std::string_view, 12> kSettings{
        "pool",          "begins", "remembered", "port",     "cuts",    "features",
        "user features", "prefix", "backends",   "bindings", "routing", "links"};
    return std::find(kSettings.begin(), kSettings.end(), key) != kSettings.end();
}

void play(const std::vector<Line>& lines, Cut cut, unsigned seed) {
    Play play(lines, cut, seed);
    for (const auto& [key, text, number] : lines) {
        SCOPED_TRACE("line " + std::to_string(number));
        if (!is_setting(key)) play.line(key, text);
    }
    play.see_that_nothing_is_left();
}

class Scene : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(Scene, GoesTheSameWayHoweverItIsCut) {
    const auto lines = read_scene(GetParam());
    ASSERT_FALSE(lines.empty());
    play(
        lines, [](std::mt19937&) { return SIZE_MAX; }, 0);
    if (setting(lines, "cuts", "all") == "whole") return;
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

// Plays tests/scenes/*.scene through the pure machines of a session, whole, byte by byte and cut at
// random. A scene is a list of lines "who does: text"; a line that begins with blanks goes on with
// the text before it. `\n`, `\t` and `\xNN` stand for bytes.
//
//   # Aim: ...                   what the scene shows, and the rule behind it
//   port: c2s-tls                (default c2s)
//   cuts: whole                  (default: all ways to cut)
//   features: <stream:features/> what the proxy offers by itself (default: the backend says it)
//   user features: <stream:features/> the same to headers that name a user (default: the same)
//   prefix: x urn:x              that the proxy's header declares (default: none)
//   backends: 2                  candidates that are tried in turn (default: 1)
//   bindings: end-point          what logins can be bound to there, or all (default: none)
//   client sends / backend sends, client gets / backend sees (all since the last look), tls:
//   established, routed: DOMAIN, user: BARE JID, passed over: WHY (a backend, since the last look),
//   ends: REASON, failed logins: ATTEMPT MECHANISM USER CONDITION, ... (since the last look)

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "proxy/session/negotiation.h"
#include "proxy/session/relay.h"
#include "xmpp/starttls.h"
#include "xmpp/stream_error.h"

namespace proxy {
namespace {

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
    return lines;
}

using Cut = std::size_t (*)(std::mt19937& random);

/// What a session does with its machines, without its sockets.
class Play {
public:
    Play(bool direct_tls, FeaturesProfile profile, int backends, Cut cut, unsigned seed)
        : profile_(std::move(profile)),
          backends_(backends),
          settings_{
              .direct_tls = direct_tls,
              .serves = [](std::string_view domain) { return domain.ends_with("example.org"); },
              .profile_for =
                  [this](std::string_view) {
                      return profile_.features.empty() ? nullptr : &profile_;
                  },
              .make_stream_id =
                  [this] { return xmpp::StreamId("id" + std::to_string(++stream_ids_)); }},
          cut_(cut),
          random_(seed),
          relay_(pool_, limits_),
          negotiation_(relay_.client_scanner(), settings_) {}

    void bind_to(std::string_view what) {
        if (what == "end-point") relay_.set_bindings(xmpp::HeldBindings::end_point);
        if (what == "all") relay_.set_bindings(xmpp::HeldBindings::all);
    }
    void client_sends(std::string_view bytes) {
        in_pieces(bytes, [this](std::string_view piece) {
            from_client_ += piece;
            if (is_routed() && !is_answered_) return;  // as a session does: not reading
            from_client_.erase(0, is_routed() ? relay_client() : negotiate());
        });
    }
    void backend_sends(std::string_view bytes) {
        in_pieces(bytes, [this](std::string_view piece) {
            from_backend_ += piece;
            const RelayStep step = relay_.on_backend_bytes(from_backend_, to_client);
            from_backend_.erase(0, step.consumed);
            note_failed_logins();
            if (step.end && !relay_.has_answered() && --backends_ > 0) {
                try_next_backend(step.end->detail);
                return;
            }
            if (relay_.has_answered() && !std::exchange(is_answered_, true)) {
                relay_.send_login(to_backend);
                from_client_.erase(0, relay_client());
            }
            note(step);
        });
    }
    void tls_established() {
        ASSERT_EQ(negotiation_.state(), Negotiation::State::tls);
        negotiation_.on_secured();
    }

    struct Wire final : ByteSink {
        bool send(std::string_view bytes) override {
            text += bytes;
            return true;
        }
        std::string take() { return std::exchange(text, {}); }
        std::string text;
    };
    Wire to_client;
    Wire to_backend;
    std::string routed;
    std::string user;
    std::string passed_over = "nothing";
    std::string ended = "nothing";
    std::string failed;

private:
    bool is_routed() const { return negotiation_.state() == Negotiation::State::routed; }

    template <class Take>
    void in_pieces(std::string_view bytes, const Take& take) {
        while (!bytes.empty() && ended == "nothing") {
            const auto size = std::min(bytes.size(), std::max<std::size_t>(cut_(random_), 1));
            take(bytes.substr(0, size));
            bytes.remove_prefix(size);
        }
    }

    std::size_t negotiate() {
        std::size_t done = 0;
        while (ended == "nothing" && !is_routed()) {
            if (negotiation_.state() == Negotiation::State::tls) {
                ADD_FAILURE() << "clear bytes while TLS is expected";
                return from_client_.size();
            }
            const auto step = negotiation_.feed(std::string_view(from_client_).substr(done));
            done += step.consumed;
            if (step.action) {
                std::visit([this](const auto& what) { perform(what); }, *step.action);
                if (is_routed()) return done;
                if (negotiation_.state() == Negotiation::State::tls) return done;
            } else if (step.consumed == 0) {
                break;
            }
        }
        return done;
    }
    std::size_t relay_client() {
        std::size_t done = 0;
        for (bool is_done = false; !is_done;) {
            const RelayStep step =
                relay_.on_client_bytes(std::string_view(from_client_).substr(done), to_backend);
            done += step.consumed;
            is_done = step.reply.empty();
            to_client.send(step.reply);
            note(step);
        }
        return done;
    }
    void note(const RelayStep& step) {
        if (!step.end) return;
        ended = to_string(step.end->reason);
        const bool is_useless = step.end->reason != EndReason::backend_error;
        const std::string failure =
            is_useless && !relay_.has_answered() ? relay_.refuse_login("try again later") : "";
        to_client.send(failure.empty()
                           ? xmpp::stream_error_and_close(step.end->condition, step.end->text)
                           : failure);
        if (relay_.has_answered()) to_backend.send(relay_.goodbye_to_backend());
        note_failed_logins();
    }
    void note_failed_logins() {
        for (const FailedLogin& each : relay_.take_failed_logins().told) {
            const std::string mechanism = each.mechanism.empty() ? "-" : each.mechanism;
            const std::string user_of_it = each.user.empty() ? "-" : each.user;
            failed += (failed.empty() ? "" : ", ") + std::to_string(each.attempt) + " " +
                      mechanism + " " + user_of_it + " " + std::string(each.condition);
        }
    }

    void perform(const Answer& answer) { to_client.send(answer.bytes); }
    void perform(const StartTls&) { to_client.send(xmpp::kProceed); }
    void perform(const Route& route) {
        routed = route.domain;
        user = route.user.empty() ? "nobody" : route.user;
        if (route.login) {
            relay_.begin(route.domain, *route.login, route.user);
        } else {
            relay_.begin(route.domain);
        }
        opening_ = xmpp::write_initial_header(route.header);
        to_backend.send(opening_);
    }
    void try_next_backend(std::string_view why) {
        passed_over = why;
        relay_.restart_backend();
        from_backend_.clear();
        to_backend.send(opening_);
    }
    void perform(const End& end) {
        ended = to_string(end.reason);
        to_client.send(end.bytes);
    }

    FeaturesProfile profile_;
    int backends_;
    std::string opening_;
    bool is_answered_ = false;
    xmpp::ScanWorkPool pool_;
    RelayLimits limits_ = relay_limits({});
    int stream_ids_ = 0;
    NegotiationSettings settings_;
    Cut cut_;
    std::mt19937 random_;
    Relay relay_;
    Negotiation negotiation_;
    std::string from_client_;
    std::string from_backend_;
};

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

bool is_setting(std::string_view key) {
    return key == "port" || key == "cuts" || key == "features" || key == "user features" ||
           key == "prefix" || key == "backends" || key == "bindings";
}

void play(const std::vector<Line>& lines, Cut cut, unsigned seed) {
    Play stage(setting(lines, "port", "c2s") == "c2s-tls", profile_in(lines),
               std::stoi(setting(lines, "backends", "1")), cut, seed);
    stage.bind_to(setting(lines, "bindings", "none"));
    for (const auto& [key, text, number] : lines) {
        SCOPED_TRACE("line " + std::to_string(number));
        const std::string wanted = text == "nothing" ? "" : text;
        if (key == "client sends")
            stage.client_sends(text);
        else if (key == "backend sends")
            stage.backend_sends(text);
        else if (key == "tls")
            stage.tls_established();
        else if (key == "client gets")
            EXPECT_EQ(quotes_folded(stage.to_client.take()), wanted);
        else if (key == "backend sees")
            EXPECT_EQ(quotes_folded(stage.to_backend.take()), wanted);
        else if (key == "routed")
            EXPECT_EQ(stage.routed, text);
        else if (key == "user")
            EXPECT_EQ(stage.user, text);
        else if (key == "passed over")
            EXPECT_EQ(std::exchange(stage.passed_over, "nothing"), text);
        else if (key == "failed logins")
            EXPECT_EQ(std::exchange(stage.failed, ""), wanted);
        else if (key == "ends")
            EXPECT_EQ(stage.ended, text);
        else if (!is_setting(key))
            ADD_FAILURE() << "unknown line: " << key;
    }
    EXPECT_EQ(stage.to_client.text, "") << "the scene does not tell of this";
    EXPECT_EQ(stage.to_backend.text, "") << "the scene does not tell of this";
    EXPECT_EQ(stage.failed, "") << "the scene does not tell of this";
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

// Plays tests/scenes/*.scene through the pure machines of a session, whole, byte by byte and cut at
// random. A scene is a list of lines "who does: text"; a line that begins with blanks goes on with
// the text before it. `\n`, `\t` and `\xNN` stand for bytes.
//
//   # Aim: ...                   what the scene shows, and the rule behind it
//   port: c2s-tls                (default c2s)
//   cuts: whole                  (default: all ways to cut)
//   client sends / backend sends, client gets / backend sees (all since the last look), tls:
//   established, routed: DOMAIN, ends: REASON

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "proxy/negotiation.h"
#include "proxy/relay.h"
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
    Play(bool direct_tls, Cut cut, unsigned seed)
        : settings_{
              .direct_tls = direct_tls,
              .serves = [](std::string_view domain) { return domain.ends_with("example.org"); },
              .make_stream_id =
                  [this] { return xmpp::StreamId("id" + std::to_string(++stream_ids_)); }},
          cut_(cut),
          random_(seed),
          relay_(pool_, limits_),
          negotiation_(relay_.client_scanner(), settings_) {}

    void client_sends(std::string_view bytes) {
        in_pieces(bytes, [this](std::string_view piece) {
            from_client_ += piece;
            from_client_.erase(0, is_routed() ? relay_client() : negotiate());
        });
    }
    void backend_sends(std::string_view bytes) {
        in_pieces(bytes, [this](std::string_view piece) {
            from_backend_ += piece;
            const RelayStep step = relay_.on_backend_bytes(from_backend_, to_client);
            from_backend_.erase(0, step.consumed);
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
    std::string ended = "nothing";

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
                if (negotiation_.state() == Negotiation::State::tls) return done;
            } else if (step.consumed == 0) {
                break;
            }
        }
        if (is_routed()) {
            from_client_.erase(0, done);
            return relay_client();
        }
        return done;
    }
    std::size_t relay_client() {
        const RelayStep step = relay_.on_client_bytes(from_client_, to_backend);
        note(step);
        return step.consumed;
    }
    void note(const RelayStep& step) {
        if (!step.end) return;
        ended = to_string(step.end->reason);
        to_client.send(xmpp::stream_error_and_close(step.end->condition));
    }

    void perform(const Answer& answer) { to_client.send(answer.bytes); }
    void perform(const StartTls&) { to_client.send(xmpp::kProceed); }
    void perform(const Route& route) {
        routed = route.domain;
        relay_.begin(route.domain);
        to_backend.send(xmpp::write_initial_header(route.header));
    }
    void perform(const End& end) {
        ended = to_string(end.reason);
        to_client.send(end.bytes);
    }

    xmpp::ScanWorkPool pool_;
    xmpp::ScanLimits limits_;
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

void play(const std::vector<Line>& lines, Cut cut, unsigned seed) {
    const bool direct = std::any_of(lines.begin(), lines.end(), [](const Line& line) {
        return line.key == "port" && line.text == "c2s-tls";
    });
    Play stage(direct, cut, seed);
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
        else if (key == "ends")
            EXPECT_EQ(stage.ended, text);
        else if (key != "port" && key != "cuts")
            ADD_FAILURE() << "unknown line: " << key;
    }
    EXPECT_EQ(stage.to_client.text, "") << "the scene does not tell of this";
    EXPECT_EQ(stage.to_backend.text, "") << "the scene does not tell of this";
}

class Scene : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(Scene, GoesTheSameWayHoweverItIsCut) {
    const auto lines = read_scene(GetParam());
    ASSERT_FALSE(lines.empty());
    play(
        lines, [](std::mt19937&) { return SIZE_MAX; }, 0);
    const bool whole_only = std::any_of(lines.begin(), lines.end(), [](const Line& line) {
        return line.key == "cuts" && line.text == "whole";
    });
    if (whole_only) return;
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

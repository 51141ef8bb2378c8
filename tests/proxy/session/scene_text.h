#pragma once
// A scene is a list of lines "who does: text"; a line that begins with blanks goes on with the text
// before it. `\n`, `\t` and `\xNN` stand for bytes, `\*NNNNc` for that many of the byte c. SM ids
// with a tag: `{a:ID}` is that of backend a, `{other/a:ID}` that of another pool's, `{forged:ID}`
// has a tag by keys of somebody else; `{a:ID#16}` is the beginning of such an id.
//
//   # Aim: ...                   what the scene shows, and the rule behind it
// What each session of the scene begins with:
//   port: c2s-tls, or secured    (default c2s); secured: by something below the stream
//   begins: before login (behind the backend's features), logged in, or resumable (with SM, too)
//   cuts: whole                  (default: all ways to cut)
//   features: <stream:features/> what the proxy offers by itself (default: the backend says it)
//   user features: <stream:features/> the same to headers that name a user (default: the same)
//   prefix: x urn:x              that the proxy's header declares (default: none)
//   backends: 2                  candidates that are tried in turn (default: 1)
//   pool: resume_anywhere, together, or by domain
//   remembered: BARE JID at b    (default: nobody), or at b, lost; the backends are a and b
//   bindings: end-point          what logins can be bound to there, or all (default: none)
//   routing: no_backend, all_full, all_full later (default: there are candidates, a first)
//   turns: wait, or come back    what a login hears that asks its backend for one (default: now)
//   links: wait                  no candidate is connected before `backend: opens` (default: at
//   once)
// What happens:
//   client sends / backend sends: BYTES
//   client / backend: ends, is lost, takes nothing, takes all; client: breaks TLS, breaks a frame;
//   backend: opens, fails WHY, is overtaken (by another candidate that has answered)
//   tls: established, cannot start (to be said before it is asked for)
//   time passes: 30s
//   backend: is held WHY         it fails, and the next candidate has no login to give
//   turn: now, come back, anew   of one that waits; next turns: as turns, from now on
//   evict: shutdown, or maintenance nowhere (that nobody else knows the session)
//   another session: (of a new client, as if nothing had been)
// What is to be seen:
//   client gets / backend sees (all since the last look), routed: DOMAIN, user: BARE JID, passed
//   over: WHY (a backend, since the last look), failed logins: ATTEMPT MECHANISM USER CONDITION,
//   ... (since the last look), ends: REASON, detail: TEXT, paused: client, backend, both or
//   nothing, client leg: open, finished, gone; backend leg: open, finished, left, cut, gone, lost;
//   logins: COUNT; session: released, or there; counts: 1 resumed, 1 location (all since the
//   start); asked for: a, or nothing (whose session is to be gone on with), routed by: tag; now
//   remembered: BARE JID at a for 10m; waits for: login at a within 20s, or resumption; or nothing;
//   gives back: login of a (since the last look)

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "balancer/owner.h"
#include "tests/proxy/resumption/some_tags.h"

namespace proxy::test {

struct SceneLine {
    std::string key;
    std::string text;
    int number;
};
using SceneLines = std::vector<SceneLine>;

inline std::string unescape(const std::string& raw) {
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
            text += static_cast<char>(std::stoi(raw.substr(i + 1, 2), nullptr, 16));
            i += 2;
        }
        if (what == '*') {
            const std::size_t byte = raw.find_first_not_of("0123456789", i + 1);
            text.append(std::stoul(raw.substr(i + 1)), raw.at(byte));
            i = byte;
        }
    }
    return text;
}

/// "a:ID", "other/a:ID", "forged:ID" or "a:ID#LENGTH" as the client would have it.
inline std::string tagged_id(std::string_view words) {
    const std::size_t colon = words.find(':');
    const std::string_view whose = words.substr(0, colon);
    const std::size_t slash = whose.find('/');
    const std::size_t cut = words.rfind('#');
    const std::string_view id = words.substr(colon + 1, cut - colon - 1);  // to the end without one
    const auto owner = slash == std::string_view::npos
                           ? balancer::owner_of("main", whose)
                           : balancer::owner_of(whose.substr(0, slash), whose.substr(slash + 1));
    static const ResumptionTags of_somebody_else(*core::TicketKeys::generate());
    const ResumptionTags& tags = whose == "forged" ? of_somebody_else : *::test::some_tags();
    const std::string tagged = tags.tagged(owner, id);
    if (cut == std::string_view::npos) return tagged;
    return tagged.substr(0, std::stoul(std::string(words.substr(cut + 1))));
}

inline std::string with_tags(std::string text) {
    for (std::size_t at = 0; (at = text.find('{', at)) != std::string::npos;) {
        const std::size_t end = text.find('}', at);
        text.replace(at, end + 1 - at, tagged_id(text.substr(at + 1, end - at - 1)));
    }
    return text;
}

inline SceneLines read_scene(const std::filesystem::path& file) {
    std::ifstream in(file);
    SceneLines lines;
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
    for (SceneLine& line : lines) line.text = with_tags(std::move(line.text));
    return lines;
}

/// What the scene says once for all of it.
inline std::string setting(const SceneLines& lines, std::string_view key, std::string otherwise) {
    const auto found = std::find_if(lines.begin(), lines.end(),
                                    [&](const SceneLine& line) { return line.key == key; });
    return found == lines.end() ? otherwise : found->text;
}

}  // namespace proxy::test

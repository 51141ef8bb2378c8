#pragma once
// Feeds a WebSocketReader as a connection does: what it leaves is shown again with more behind it.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "http/websocket_reader.h"
#include "tests/support/cuts.h"

namespace test {

/// All that was read, as words: "text:hello;" for each whole message, "text:hel..." for one that
/// has not ended, "ping:x;", "close:1000 bye;", "violation:1002;".
inline std::string read_frames(const Pieces& pieces, std::uint32_t most, bool in_place) {
    http::WebSocketReader reader(most);
    std::string window;
    std::string room;
    std::string words;
    std::string message;
    bool has_begun = false;
    const auto take = [&](const http::WebSocketRead& read) {
        using Event = http::WebSocketRead::Event;
        const std::string payload(read.payload);
        if (read.event == Event::text) {
            has_begun = !read.is_last;
            message += payload;
            if (read.is_last) words += "text:" + std::exchange(message, {}) + ";";
        }
        if (read.event == Event::ping) words += "ping:" + payload + ";";
        if (read.event == Event::pong) words += "pong:" + payload + ";";
        if (read.event == Event::close)
            words += "close:" + std::to_string(read.code) + " " + payload + ";";
        if (read.event == Event::violation) words += "violation:" + std::to_string(read.code) + ";";
    };
    for (const std::string_view piece : pieces) {
        window.append(piece);
        while (true) {
            room.resize(window.size());
            const http::WebSocketRead read =
                reader.next(window, in_place ? window.data() : room.data());
            take(read);
            window.erase(0, read.taken);
            if (read.event == http::WebSocketRead::Event::nothing) break;
        }
    }
    // A message that a violation has made void is no part of the outcome.
    if (has_begun && !reader.is_over()) words += "text:" + message + "...";
    return words;
}

}  // namespace test

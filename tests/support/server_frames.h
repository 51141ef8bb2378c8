#pragma once
// Frames as a server writes them, unmasked and whole, read back.

#include <cstdint>
#include <string>
#include <string_view>

namespace test {

/// All frames of `bytes`, as words: "text:hello;", "ping:;", "pong:x;", "close:1000;"; "..." for
/// one that is not whole, "broken;" for what no server may send.
inline std::string server_frames(std::string_view bytes) {
    std::string words;
    while (!bytes.empty()) {
        const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
        if (bytes.size() < 2) return words + "...";
        std::size_t head = 2;
        std::uint64_t length = at(1);
        if (length > 127) return words + "broken;";  // masked
        if (length > 125) {
            const std::size_t more = length == 126 ? 2 : 8;
            if (bytes.size() < head + more) return words + "...";
            length = 0;
            for (std::size_t i = 0; i < more; ++i) length = length << 8 | at(head + i);
            head += more;
        }
        if (bytes.size() < head + length) return words + "...";
        const std::string payload(bytes.substr(head, length));
        switch (at(0)) {
            case 0x81: words += "text:" + payload; break;
            case 0x89: words += "ping:" + payload; break;
            case 0x8A: words += "pong:" + payload; break;
            case 0x88:
                words += "close:";
                if (payload.size() >= 2)
                    words += std::to_string(static_cast<std::uint8_t>(payload[0]) << 8 |
                                            static_cast<std::uint8_t>(payload[1]));
                break;
            default: return words + "broken;";
        }
        words += ";";
        bytes.remove_prefix(head + length);
    }
    return words;
}

}  // namespace test

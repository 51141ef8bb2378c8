#pragma once
// Frames as a client writes them: masked, and as broken as a test wants.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace test {

struct ClientFrame {
    std::uint8_t first = 0x81;  // FIN, RSV, opcode
    bool is_masked = true;
    int length_bytes = -1;  // 0, 2 or 8 behind the second byte; -1: the shortest
    std::array<char, 4> mask{'\x37', '\xfa', '\x21', '\x3d'};
};

inline std::string client_frame(std::string_view payload, const ClientFrame& frame = {}) {
    std::string bytes(1, static_cast<char>(frame.first));
    const int shortest = payload.size() <= 125 ? 0 : payload.size() <= 0xFFFF ? 2 : 8;
    const int more = frame.length_bytes < 0 ? shortest : frame.length_bytes;
    const auto second = static_cast<int>(more == 0 ? payload.size() : more == 2 ? 126 : 127);
    bytes += static_cast<char>((frame.is_masked ? 0x80 : 0) | second);
    for (int at = more - 1; at >= 0; --at)
        bytes += static_cast<char>(std::uint64_t{payload.size()} >> 8 * at);
    if (!frame.is_masked) return bytes.append(payload);
    bytes.append(frame.mask.data(), frame.mask.size());
    for (std::size_t i = 0; i < payload.size(); ++i)
        bytes += static_cast<char>(payload[i] ^ frame.mask[i % frame.mask.size()]);
    return bytes;
}

inline std::string client_frame(std::uint8_t first, std::string_view payload) {
    return client_frame(payload, {.first = first});
}

}  // namespace test

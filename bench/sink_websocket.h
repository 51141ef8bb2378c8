#pragma once
// WebSocket (RFC 6455, RFC 7395) as sink_server ends it behind a proxy that tunnels it: the opening
// handshake, and the messages of load_client one by one. Pure: bytes in, bytes out; one thread.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "bench/client_frames.h"
#include "http/websocket_request.h"

namespace bench {

/// Answers a request for a WebSocket; returns its bytes, 0 while it has not come in full.
inline std::size_t open_websocket(std::string_view input, std::string& out) {
    constexpr std::string_view kEnd = "\r\n\r\n";
    constexpr std::string_view kKey = "sec-websocket-key: ";
    const std::size_t end = input.find(kEnd);
    if (end == input.npos) return 0;
    // Proxies write names of fields as they like.
    std::string lower(input.substr(0, end + kEnd.size()));
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    const std::size_t key = lower.find(kKey);
    if (key == lower.npos) return 0;
    const std::size_t from = key + kKey.size();
    out += http::write_websocket_answer(input.substr(from, lower.find('\r', from) - from), "xmpp");
    return end + kEnd.size();
}

struct ClientMessage {
    std::size_t size = 0;  // of its frame; 0: not all of it has come
    http::Opcode opcode{};
    std::string payload;
};

/// The frame at the front of `input`.
inline ClientMessage read_client_frame(std::string_view input) {
    const auto byte = [&](std::size_t at) {
        return std::uint64_t{static_cast<unsigned char>(input[at])};
    };
    ClientMessage message;
    if (input.size() < 2) return message;
    std::uint64_t length = byte(1) & 0x7FU;
    std::size_t head = 2 + (length == 127 ? 8U : length == 126 ? 2U : 0U);
    if (input.size() < head + kMaskBytes) return message;
    if (head > 2) length = 0;
    for (std::size_t i = 2; i < head; ++i) length = length << 8U | byte(i);
    const std::string_view mask = input.substr(head, kMaskBytes);
    head += kMaskBytes;
    if (input.size() < head + length) return message;
    message.size = head + length;
    message.opcode = static_cast<http::Opcode>(byte(0) & 0x0FU);
    message.payload = input.substr(head, length);
    for (std::size_t i = 0; i < length; ++i)
        message.payload[i] = static_cast<char>(message.payload[i] ^ mask[i % kMaskBytes]);
    return message;
}

}  // namespace bench

#include "http/websocket_frame.h"

#include <cassert>

#include "core/shown_text.h"

namespace http {
namespace {

constexpr std::uint64_t kShortest = 125;  // what the second byte can say itself
constexpr std::uint8_t kTwoBytes = 126;
constexpr std::uint8_t kEightBytes = 127;
constexpr std::size_t kCodeBytes = 2;

}  // namespace

FrameHead frame_head(Opcode opcode, std::uint64_t payload) {
    FrameHead head;
    const auto put = [&](std::uint64_t byte) {
        head.bytes[head.size++] = static_cast<char>(byte & 0xFF);
    };
    put(kFinalFrame | static_cast<std::uint8_t>(opcode));
    int length_bytes = 0;
    if (payload <= kShortest) {
        put(payload);
    } else if (payload <= UINT16_MAX) {
        put(kTwoBytes);
        length_bytes = 2;
    } else {
        put(kEightBytes);
        length_bytes = 8;
    }
    while (length_bytes > 0) put(payload >> 8 * --length_bytes);
    return head;
}

void append_frame(std::string& out, Opcode opcode, std::string_view payload) {
    assert(opcode < Opcode::close || payload.size() <= kControlPayload);
    out.append(frame_head(opcode, payload.size()).view()).append(payload);
}

void append_close(std::string& out, std::uint16_t code, std::string_view reason) {
    assert(may_close_with(code));
    constexpr std::size_t kRoom = kControlPayload - kCodeBytes;
    if (reason.size() > kRoom) {
        std::size_t end = kRoom;
        while (end > 0 && core::goes_on_with_character(reason[end])) --end;
        reason = reason.substr(0, end);
    }
    out.append(frame_head(Opcode::close, kCodeBytes + reason.size()).view());
    out.append(1, static_cast<char>(code >> 8)).append(1, static_cast<char>(code & 0xFF));
    out.append(reason);
}

}  // namespace http

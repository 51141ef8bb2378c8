#pragma once
// Frames of a WebSocket (RFC 6455 section 5): the words of both directions, and those that a server
// writes, unmasked and never in fragments. Pure; any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace http {

enum class Opcode : std::uint8_t {
    continuation = 0,
    text = 1,
    binary = 2,
    close = 8,
    ping = 9,
    pong = 10,
};

/// In a frame's first byte: its message ends with it.
inline constexpr std::uint8_t kFinalFrame = 0x80;

// Section 7.4.1, and the registry that section 11.7 makes.
inline constexpr std::uint16_t kNormalClosure = 1000;
inline constexpr std::uint16_t kGoingAway = 1001;
inline constexpr std::uint16_t kProtocolError = 1002;
inline constexpr std::uint16_t kUnsupportedData = 1003;
inline constexpr std::uint16_t kNoStatusReceived = 1005;  // never on the wire
inline constexpr std::uint16_t kInvalidPayload = 1007;
inline constexpr std::uint16_t kPolicyViolation = 1008;
inline constexpr std::uint16_t kMessageTooBig = 1009;
inline constexpr std::uint16_t kServiceRestart = 1012;

/// May a Close frame hold this code? 1004 to 1006, 1015 and what nobody has registered may not.
constexpr bool may_close_with(std::uint16_t code) {
    const bool is_registered = code >= 1000 && code <= 1014 && !(code >= 1004 && code <= 1006);
    return is_registered || (code >= 3000 && code <= 4999);
}

inline constexpr std::size_t kControlPayload = 125;  // section 5.5

/// What stands in front of a payload.
struct FrameHead {
    std::array<char, 10> bytes{};
    std::uint8_t size = 0;

    std::string_view view() const { return {bytes.data(), size}; }
};
/// Of a whole message with `payload` bytes.
FrameHead frame_head(Opcode opcode, std::uint64_t payload);

/// A whole message. A control frame's payload has kControlPayload bytes at most.
void append_frame(std::string& out, Opcode opcode, std::string_view payload);
/// A Close frame with a code that may_close_with() allows; a reason that is too long for it is cut
/// between two characters.
void append_close(std::string& out, std::uint16_t code, std::string_view reason = {});

}  // namespace http

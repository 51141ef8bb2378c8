#include "http/websocket_reader.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstring>

#include "http/websocket_frame.h"

namespace http {

using Event = WebSocketRead::Event;

/// The front of a frame: two bytes, more of the length, the mask.
struct WebSocketReader::Head {
    Opcode opcode;
    bool is_final;
    std::uint64_t length;
    std::size_t bytes;  // of all of it
    bool is_shortest;   // the length could not be said in fewer bytes
};

namespace {

constexpr std::uint8_t kReserved = 0x70;
constexpr std::uint8_t kOpcode = 0x0F;
constexpr std::uint8_t kMasked = 0x80;
constexpr std::uint8_t kLength = 0x7F;
constexpr std::size_t kMaskBytes = 4;

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint8_t>(bytes[at]);
}

/// How many bytes hold the length, behind the second one.
std::size_t length_bytes(std::uint8_t second) {
    const std::uint8_t length = second & kLength;
    return length == 127 ? 8 : length == 126 ? 2 : 0;
}

std::uint64_t read_number(std::string_view bytes) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) number = number << 8 | byte_at(bytes, i);
    return number;
}

/// The mask as it counts for what stands `bytes` further.
std::uint32_t turned(std::uint32_t mask, std::size_t bytes) {
    const int bits = static_cast<int>(bytes % kMaskBytes * 8);
    return std::endian::native == std::endian::little ? std::rotr(mask, bits)
                                                      : std::rotl(mask, bits);
}

/// Takes `mask` off `from` into `to`, eight bytes at a time. `to` may be `from` or lie in front.
void unmask(std::string_view from, char* to, std::uint32_t mask) {
    const std::uint64_t wide = std::uint64_t{mask} << 32 | mask;
    std::size_t at = 0;
    for (; from.size() - at >= sizeof wide; at += sizeof wide) {
        std::uint64_t word;
        std::memcpy(&word, from.data() + at, sizeof word);
        word ^= wide;
        std::memcpy(to + at, &word, sizeof word);
    }
    std::array<char, kMaskBytes> keys;
    std::memcpy(keys.data(), &mask, sizeof mask);
    for (std::size_t i = 0; at < from.size(); ++at, ++i)
        to[at] = static_cast<char>(from[at] ^ keys[i % kMaskBytes]);
}

std::uint32_t read_mask(std::string_view bytes) {
    std::uint32_t mask;
    assert(bytes.size() == sizeof mask);
    std::memcpy(&mask, bytes.data(), sizeof mask);
    return mask;
}

}  // namespace

WebSocketRead WebSocketReader::next(std::string_view bytes, char* room) {
    if (is_over_) return {.taken = bytes.size()};
    WebSocketRead read;
    // Frames without a byte of payload that do not end their message say nothing.
    while (read.event == Event::nothing) {
        const std::string_view rest = bytes.substr(read.taken);
        const WebSocketRead step = is_in_frame_ ? read_text(rest, room) : begin_frame(rest, room);
        const std::size_t before = read.taken;
        read = step;
        read.taken += before;
        if (step.taken == 0) break;
    }
    return read;
}

std::uint16_t WebSocketReader::judge_first_byte(std::uint8_t byte) const {
    if ((byte & kReserved) != 0) return kProtocolError;
    const auto opcode = static_cast<Opcode>(byte & kOpcode);
    switch (opcode) {
        case Opcode::continuation: return is_in_message_ ? 0 : kProtocolError;
        case Opcode::text: return is_in_message_ ? kProtocolError : 0;
        case Opcode::binary: return is_in_message_ ? kProtocolError : kUnsupportedData;
        case Opcode::close:
        case Opcode::ping:
        case Opcode::pong: return (byte & kFinalFrame) != 0 ? 0 : kProtocolError;
    }
    return kProtocolError;
}

std::uint16_t WebSocketReader::judge_length(const Head& head) const {
    // Section 5.2: the shortest form, and the highest bit zero.
    if (!head.is_shortest || head.length > INT64_MAX) return kProtocolError;
    if (head.opcode >= Opcode::close) return head.length > kControlPayload ? kProtocolError : 0;
    return head.length > most_ - message_ ? kMessageTooBig : 0;
}

WebSocketRead WebSocketReader::begin_frame(std::string_view bytes, char* room) {
    if (bytes.empty()) return {};
    if (const auto code = judge_first_byte(byte_at(bytes, 0))) return fail(code);
    if (bytes.size() < 2) return {};
    const std::uint8_t second = byte_at(bytes, 1);
    if ((second & kMasked) == 0) return fail(kProtocolError);
    const std::size_t more = length_bytes(second);
    if (bytes.size() < 2 + more) return {};
    Head head{.opcode = static_cast<Opcode>(byte_at(bytes, 0) & kOpcode),
              .is_final = (byte_at(bytes, 0) & kFinalFrame) != 0,
              .length = more == 0 ? second & kLength : read_number(bytes.substr(2, more)),
              .bytes = 2 + more + kMaskBytes,
              .is_shortest = true};
    head.is_shortest = more == 0 || head.length > (more == 2 ? 125u : UINT16_MAX);
    if (const auto code = judge_length(head)) return fail(code);
    if (bytes.size() < head.bytes) return {};
    if (head.opcode >= Opcode::close) return read_control(head, bytes, room);
    is_in_message_ = true;
    is_in_frame_ = true;
    is_final_ = head.is_final;
    left_ = static_cast<std::uint32_t>(head.length);
    message_ += left_;
    mask_ = read_mask(bytes.substr(2 + more, kMaskBytes));
    WebSocketRead read = read_text(bytes.substr(head.bytes), room);
    if (read.event != Event::violation) read.taken += head.bytes;
    return read;
}

/// A control frame is short: it is read when all of it has come.
WebSocketRead WebSocketReader::read_control(const Head& head, std::string_view bytes, char* room) {
    const auto length = static_cast<std::size_t>(head.length);
    const std::size_t taken = head.bytes + length;
    if (bytes.size() < taken) return {};
    unmask(bytes.substr(head.bytes, length), room,
           read_mask(bytes.substr(head.bytes - kMaskBytes, kMaskBytes)));
    const std::string_view payload(room, length);
    if (head.opcode == Opcode::close) return read_close(payload, taken);
    return {.event = head.opcode == Opcode::ping ? Event::ping : Event::pong,
            .payload = payload,
            .taken = taken};
}

WebSocketRead WebSocketReader::read_close(std::string_view payload, std::size_t taken) {
    WebSocketRead read{.event = Event::close, .code = kNoStatusReceived, .taken = taken};
    if (!payload.empty()) {
        if (payload.size() == 1) return fail(kProtocolError);
        read.code = static_cast<std::uint16_t>(read_number(payload.substr(0, 2)));
        read.payload = payload.substr(2);
        if (!may_close_with(read.code)) return fail(kProtocolError);
        if (!is_utf8(read.payload)) return fail(kInvalidPayload);
    }
    is_over_ = true;
    return read;
}

WebSocketRead WebSocketReader::read_text(std::string_view bytes, char* room) {
    const std::size_t size = std::min<std::size_t>(left_, bytes.size());
    unmask(bytes.substr(0, size), room, mask_);
    const std::string_view payload(room, size);
    if (!utf8_.feed(payload)) return fail(kInvalidPayload);
    mask_ = turned(mask_, size);
    left_ -= static_cast<std::uint32_t>(size);
    const bool is_last = left_ == 0 && is_final_;
    if (is_last && !utf8_.is_complete()) return fail(kInvalidPayload);
    if (left_ == 0) is_in_frame_ = false;
    if (is_last) {
        is_in_message_ = false;
        message_ = 0;
    }
    return {.event = size > 0 || is_last ? Event::text : Event::nothing,
            .is_last = is_last,
            .payload = payload,
            .taken = size};
}

WebSocketRead WebSocketReader::fail(std::uint16_t code) {
    is_over_ = true;
    return {.event = Event::violation, .code = code};
}

}  // namespace http

#pragma once
// A client's side of a WebSocket (RFC 6455): frames that it sends, masked, and frames of a server
// as they come. Pure; one thread.

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "http/websocket_frame.h"

namespace bench {

inline constexpr std::size_t kMaskBytes = 4;
/// Always the same, so that a frame can be made once more when a part of it has been sent. What it
/// costs to take it off does not depend on it.
inline constexpr std::array<char, kMaskBytes> kMask{'\x37', '\xfa', '\x21', '\x3d'};

/// A whole message, or a control frame.
inline std::string client_frame(http::Opcode opcode, std::string_view payload) {
    http::FrameHead head = http::frame_head(opcode, payload.size());
    head.bytes[1] = static_cast<char>(static_cast<unsigned char>(head.bytes[1]) | 0x80U);
    std::string frame(head.view());
    frame.append(kMask.data(), kMask.size()).append(payload);
    char* masked = frame.data() + frame.size() - payload.size();
    for (std::size_t i = 0; i < payload.size(); ++i)
        masked[i] = static_cast<char>(masked[i] ^ kMask[i % kMaskBytes]);
    return frame;
}

/// Frames of a server, unmasked and whole messages each.
class ServerFrames {
public:
    /// Calls `take(opcode, piece)` for what has come of each payload, until that returns false.
    template <class Take>
    void feed(std::string_view bytes, Take take) {
        while (!bytes.empty()) {
            if (left_ == 0) {
                if (!read_head(bytes)) return;
                if (left_ == 0 && !take(opcode_, std::string_view())) return;
                continue;
            }
            const std::string_view piece = bytes.substr(0, left_);
            bytes.remove_prefix(piece.size());
            left_ -= piece.size();
            if (!take(opcode_, piece)) return;
        }
    }

private:
    /// False: more of it has to come.
    bool read_head(std::string_view& bytes) {
        while (!bytes.empty() && head_size_ < wanted_head()) {
            head_[head_size_++] = bytes.front();
            bytes.remove_prefix(1);
        }
        if (head_size_ < wanted_head()) return false;
        if ((byte(0) & 0x70U) != 0 || (byte(1) & 0x80U) != 0)
            throw std::runtime_error("no frame of a server");
        opcode_ = static_cast<http::Opcode>(byte(0) & 0x0FU);
        left_ = head_size_ == 2 ? byte(1) : 0;
        for (std::size_t i = 2; i < head_size_; ++i) left_ = left_ << 8U | byte(i);
        head_size_ = 0;
        return true;
    }
    std::size_t wanted_head() const {
        if (head_size_ < 2) return 2;
        return byte(1) == 127 ? 10 : byte(1) == 126 ? 4 : 2;
    }
    unsigned byte(std::size_t at) const { return static_cast<unsigned char>(head_[at]); }

    std::size_t left_ = 0;  // of the payload
    http::Opcode opcode_{};
    std::uint8_t head_size_ = 0;
    std::array<char, 10> head_{};
};

}  // namespace bench

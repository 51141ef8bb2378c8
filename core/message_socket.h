#pragma once
// Messages with descriptors between two processes of ours, over a pair of unix sockets that keep
// messages apart (SOCK_SEQPACKET). Any thread.

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/handle.h"
#include "core/result.h"

namespace core {

struct Message {
    std::string bytes;
    std::vector<Fd> descriptors;
};

inline constexpr std::size_t kMostMessageBytes = 16 * 1024;
inline constexpr std::size_t kMostDescriptors = 64;  // of one message

/// Both ends, close-on-exec and non-blocking; or errno.
Result<std::pair<Fd, Fd>, int> message_pair() noexcept;

/// Sends at once or not at all; the error is an errno: EAGAIN where the other side is behind.
/// The descriptors stay the caller's.
Result<void, int> send_message(int socket, std::string_view bytes,
                               std::span<const int> descriptors = {}) noexcept;

enum class NoMessage { yet, any_more };
/// The next message, its descriptors close-on-exec; or why there is none: none yet, or the other
/// side is gone or has sent what is none of ours (longer, or more descriptors).
Result<Message, NoMessage> receive_message(int socket);
/// Waits for it at most that long.
Result<Message, NoMessage> receive_message(int socket, std::chrono::milliseconds patience);

}  // namespace core

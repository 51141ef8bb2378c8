#pragma once
// What a process gives to the one that takes its place (`stanzagate upgrade`): the sockets that it
// listens on, and what only its memory holds, so that clients that come back find their TLS
// sessions and their servers. As messages of core/message_socket, written and read. Pure but for
// the descriptors; any thread.
//
//   here to there   "socket ADDRESS" with descriptors, "monitor ADDRESS" with one,
//                   "tickets KEYS", "tags KEYS" (where they are the process's own), "pseudonyms
//                   KEY", "users" with a descriptor of their table, "that is all"
//   there to here   "ready VERSION", once it listens
//   here to there   "left LINES", each second until the process ends: what it still has

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/endpoint.h"
#include "core/handle.h"
#include "core/message_socket.h"
#include "core/result.h"
#include "core/ticket_keys.h"
#include "proxy/admin/target.h"
#include "proxy/session/pseudonym.h"

namespace proxy {

struct HandedSocket {
    core::Endpoint address;
    core::Fd socket;
};

struct HandOver {
    std::vector<HandedSocket> sockets;
    std::optional<HandedSocket> monitor;
    std::shared_ptr<const core::TicketKeys> ticket_keys;      // null: those of a file
    std::shared_ptr<const core::TicketKeys> resumption_keys;  // the same
    PseudonymKey pseudonym_key;                               // that of the process
    core::Fd users;                                           // a file of RememberedUsers; or none
};

inline constexpr std::string_view kThatIsAll = "that is all";

/// Sends all of it at once; the error is a sentence.
core::Result<void, std::string> send_hand_over(int socket, const HandOver& what);

/// Puts messages together again.
class HandOverReader {
public:
    enum class State : std::uint8_t { reading, complete, refused };
    State feed(core::Message message);
    /// Once it is complete.
    HandOver take() { return std::move(read_); }

private:
    HandOver read_;
};

/// "left 4242 0.1.0 1200 800\n...": this process first, then those that it has replaced itself.
std::string left_message(const std::vector<OldProcess>& processes);
std::optional<std::vector<OldProcess>> read_left(std::string_view message);

}  // namespace proxy

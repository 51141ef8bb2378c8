#pragma once
// What `stanzagate VERB` and the running process say to each other over the admin socket: one
// request, one reply, end. Bytes only; no socket, no clock. Pure; any one thread.
// Why: proxy/README.md, "Words over a unix socket".
//
//     stanzagate-admin 1            stanzagate-admin 1 0 34
//     weight                        main/a: weight 100 -> 50 ...
//     main/a
//     50
//     (empty line)
//
// A request is a version line, one word a line, and an empty line. A word is not empty and holds no
// control characters. A reply is a line with version, exit code and the number of bytes that
// follow, so that a cut one is noticed.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace proxy {

inline constexpr std::size_t kAdminRequestBytes = 64 * 1024;
inline constexpr std::size_t kAdminWords = 64;
inline constexpr std::size_t kAdminReplyBytes = 64 * 1024 * 1024;

struct AdminReply {
    int code = 0;      // exit code of the command, 0 to 255
    std::string text;  // for the terminal, or JSON
    friend bool operator==(const AdminReply&, const AdminReply&) = default;
};

/// The request for these words; the error says which word cannot be sent.
core::Result<std::string, std::string> encode_admin_request(std::span<const std::string> words);
std::string encode_admin_reply(const AdminReply& reply);
/// Whether these bytes, or so many as came, begin as our replies of any version do.
bool is_admin_reply(std::string_view bytes);
/// Reads all bytes that came until the end of the connection; the error says what is wrong.
core::Result<AdminReply, std::string> decode_admin_reply(std::string_view bytes);

/// Reads one request, however its bytes are cut.
class AdminRequestReader {
public:
    enum class State { reading, complete, refused };

    /// What comes after a complete request is refused; a refusal is final.
    State feed(std::string_view bytes);

    State state() const noexcept { return state_; }
    /// At least one once complete.
    const std::vector<std::string>& words() const noexcept { return words_; }
    /// What is wrong once refused, for the reply.
    const std::string& problem() const noexcept { return problem_; }

private:
    void take(char byte);
    void end_line();
    void refuse(std::string problem);

    State state_ = State::reading;
    bool has_version_ = false;
    std::size_t bytes_ = 0;
    std::string line_;
    std::vector<std::string> words_;
    std::string problem_;
};

}  // namespace proxy

#pragma once
// The refused logins of one stream, until the log has them. Nothing secret is in it, only what the
// first element of a login shows. Pure; owned by a relay, and gone once a login gets through.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace proxy {

struct FailedLogin {
    std::string mechanism;       // as the client named it, if it can be a mechanism's name
    std::string user;            // prepared bare JID, if the login showed one
    std::string_view condition;  // of RFC 6120 section 6.5, static text
    std::uint32_t attempt = 0;   // from 1: which failure of this stream it is
};

/// What has failed since the last look. A client may fail thousands of times on one stream, so the
/// log gets the first ten failures, and then those whose number is a power of two.
struct FailedLogins {
    std::uint32_t count = 0;    // all of them
    std::uint32_t guesses = 0;  // without those that a server could not judge for now
    std::vector<FailedLogin> told;
};

class LoginWatch {
public:
    void begin(std::string_view mechanism, std::string_view user);
    /// The login under way is refused. Clients may begin one before the last one is answered; which
    /// of several was refused is not known here, so none of them is named then.
    void fail(std::string_view condition);
    FailedLogins take();

private:
    std::string mechanism_;  // of the last one begun
    std::string user_;
    std::uint32_t unanswered_ = 0;
    std::uint32_t failures_ = 0;
    FailedLogins untold_;
};

}  // namespace proxy

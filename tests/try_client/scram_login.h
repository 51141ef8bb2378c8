#pragma once
// The client's side of SCRAM-SHA-256 (RFC 7677), by libgsasl: a judge that shares no code with the
// server. Throws std::runtime_error when the server does not prove that it knows the password.

#include <gsasl.h>

#include <string>

#include "core/handle.h"

namespace try_client {

class ScramLogin {
public:
    static constexpr const char* kMechanism = "SCRAM-SHA-256";

    ScramLogin(const std::string& user, const std::string& password);

    /// The next message to the server, in base64, after what it said ("" to begin). After its last
    /// word the answer is empty.
    std::string step(const std::string& said);
    /// The server has shown that it knows the password too.
    bool is_done() const { return is_done_; }

private:
    core::Handle<Gsasl, &gsasl_done> library_;
    core::Handle<Gsasl_session, &gsasl_finish> session_;
    bool is_done_ = false;
};

}  // namespace try_client

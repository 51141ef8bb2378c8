#pragma once
// The ids of BOSH sessions: random, so that nobody can guess one, and with a place of ours in them,
// so that each worker finds the one that holds the session. Keys are those of the process: what
// another process has made is no sid here. Immutable; any thread.
//
//   sid = hex(R || T || W): R 16 random bytes, T 7 bytes of SipHash(key, R), W the worker XOR the
//   eighth byte of that

#include <optional>
#include <string_view>

#include "core/siphash.h"
#include "xmpp/bosh_body.h"

namespace proxy {

class BoshSids {
public:
    BoshSids();

    xmpp::BoshSid make(unsigned worker) const;
    /// Whose session it is; nullopt: we have not made it.
    std::optional<unsigned> worker_of(std::string_view sid) const;

private:
    core::SipKey key_;
};

}  // namespace proxy

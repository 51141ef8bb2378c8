#pragma once
// The admin socket as the configuration wants it: opened, replaced at a reload, opened again where
// its file is gone. Owned by Server; control loop's thread only.

#include <memory>
#include <string>

#include "conf/config.h"
#include "core/event_loop.h"
#include "core/result.h"
#include "proxy/admin/socket.h"
#include "proxy/admin/target.h"

namespace proxy {

class AdminDoor {
public:
    /// Shut. `target` carries out the commands and outlives this and the calls that it was given.
    AdminDoor(core::EventLoop& loop, AdminTarget& target) : loop_(loop), target_(target) {}

    /// From now on as configured. The error is a sentence for the operator; nothing has changed
    /// then.
    core::Result<void, std::string> open(const conf::Admin& configured);
    /// The same at a start in the place of another process.
    core::Result<void, std::string> take_over(const conf::Admin& configured);
    /// Another process has taken our place there.
    void close();
    /// A socket that was replaced stays until then: the caller that asked for the reload waits
    /// there for its answer.
    void close_replaced() { replaced_.reset(); }

private:
    core::Result<void, std::string> open(const conf::Admin& configured, bool replaces);
    bool has_lost_file() const;

    core::EventLoop& loop_;
    AdminTarget& target_;
    conf::Admin configured_;  // as it is open; at first, not at all
    std::unique_ptr<AdminSocket> socket_;
    std::unique_ptr<AdminSocket> replaced_;
};

}  // namespace proxy

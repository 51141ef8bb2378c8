#pragma once
// The socket at which the running process takes the operator's commands (proxy/admin/protocol): one
// command a connection, at most 32 at once, from root and from our own user only. It logs one
// `admin_change` line for each change that is carried out and one `admin_refused` line for each
// stranger. Owned by AdminDoor; loop's thread only.

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/event_loop.h"
#include "core/handle.h"
#include "core/result.h"
#include "core/timer.h"
#include "core/unix_socket.h"
#include "proxy/admin/exchange.h"
#include "proxy/admin/target.h"

namespace proxy {

class AdminSocket {
public:
    struct Settings {
        std::filesystem::path path;
        bool replaces = false;  // another process listens there, whose place this one takes
        AdminExchange::Patience patience;
        /// Who is at the other end; tests put somebody else there.
        std::function<std::optional<core::UnixPeer>(int fd)> peer_of = core::unix_peer;
    };
    static constexpr std::size_t kMostExchanges = 32;

    /// Binds and listens. `target` must outlive this, and the calls that it was given: their
    /// answers may come when this is gone. The error is a sentence for the operator.
    ///
    /// May be destroyed from within a call of `target`. An answer is on its way as soon as its
    /// `on_done` has returned, so an owner that replaces this after a reload calls `on_done` first.
    static core::Result<std::unique_ptr<AdminSocket>, std::string> open(core::EventLoop& loop,
                                                                        AdminTarget& target,
                                                                        Settings settings);
    /// Closes the connections that are open and removes the file.
    ~AdminSocket();
    AdminSocket(const AdminSocket&) = delete;
    AdminSocket& operator=(const AdminSocket&) = delete;

    const std::filesystem::path& path() const noexcept { return listener_.path(); }

private:
    AdminSocket(core::EventLoop& loop, AdminTarget& target, Settings settings,
                core::UnixListener listener);

    void accept_some();
    void pause();
    void begin(core::Fd connection);
    void end(AdminExchange& exchange);

    core::EventLoop& loop_;
    AdminTarget& target_;
    Settings settings_;
    core::UnixListener listener_;
    core::Event readable_;
    core::Timer resume_;  // runs while no descriptor is left
    std::vector<std::unique_ptr<AdminExchange>> exchanges_;
};

}  // namespace proxy

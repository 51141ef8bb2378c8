#include "proxy/admin/door.h"

#include <filesystem>
#include <system_error>
#include <utility>

namespace proxy {

core::Result<void, std::string> AdminDoor::open(const conf::Admin& configured) {
    return open(configured, false);
}

core::Result<void, std::string> AdminDoor::take_over(const conf::Admin& configured) {
    return open(configured, true);
}

/// Answers that are on their way still go out.
void AdminDoor::close() {
    replaced_ = std::move(socket_);
    configured_ = {};
}

core::Result<void, std::string> AdminDoor::open(const conf::Admin& configured, bool replaces) {
    if (configured == configured_ && !has_lost_file()) return {};
    std::unique_ptr<AdminSocket> opened;
    if (!configured.socket.empty()) {
        auto made = AdminSocket::open(
            loop_, target_, {.path = configured.socket, .replaces = replaces, .patience = {}});
        if (!made) return core::fail(made.error());
        opened = std::move(made).value();
    }
    replaced_ = std::exchange(socket_, std::move(opened));
    configured_ = configured;
    return {};
}

/// A socket whose file is gone cannot be reached any more.
bool AdminDoor::has_lost_file() const {
    std::error_code ignored;
    return socket_ != nullptr && !std::filesystem::exists(socket_->path(), ignored);
}

}  // namespace proxy

#include "proxy/web/web_front.h"

#include <algorithm>
#include <utility>

namespace proxy {

namespace {

/// Without a session, however few of those there may be: one that is about to end must not keep the
/// next one out. The descriptors that the process keeps back are enough for them.
constexpr std::uint32_t kLeastConnections = 16;

}  // namespace

WebFront::~WebFront() = default;

bool WebFront::take_place(const core::Endpoint& client, const WebDoor& door) {
    const std::uint32_t all = std::max(host().session_limit(), kLeastConnections);
    // One address leaves a quarter to the others, as it does of sessions (AddressLimits). That of a
    // proxy in front is everybody's.
    std::uint32_t most = config().web.per_address;
    if (most != 0 && !(door.is_clear && door.trusts(client))) most = std::min(most, all - all / 4);
    const auto entry = process().connections.try_enter(client, {.of_address = most, .in_all = all});
    if (entry == AddressCount::Entry::entered) return true;
    host().note_refused(entry == AddressCount::Entry::address_is_full ? Refused::per_address
                                                                      : Refused::process_full,
                        client);
    return false;
}

void WebFront::begin(std::shared_ptr<const WebDoor> door, AcceptedClient client) {
    auto connection = std::make_unique<WebConnection>(*this, std::move(door), std::move(client));
    connection->index = static_cast<std::uint32_t>(connections_.size());
    connections_.push_back(std::move(connection));
    connections_.back()->begin();
}

void WebFront::release(WebConnection& connection) {
    leave_place(connection.peer());
    const std::uint32_t index = connection.index;
    std::unique_ptr<WebConnection> leaving = std::move(connections_[index]);
    if (index + 1 != connections_.size()) {
        connections_[index] = std::move(connections_.back());
        connections_[index]->index = index;
    }
    connections_.pop_back();
    loop().defer_delete(std::move(leaving));
}

bool WebFront::is_busy() const {
    return std::any_of(connections_.begin(), connections_.end(),
                       [](const auto& each) { return each->is_busy(); });
}

void WebFront::shut_down() {
    // Backwards: one that ends at once leaves its place to the last one, which has been told.
    for (std::size_t i = connections_.size(); i-- > 0;) connections_[i]->shut_down();
}

}  // namespace proxy

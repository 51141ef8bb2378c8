#include "proxy/web/web_front.h"

#include <utility>

#include "core/log.h"

namespace proxy {

WebFront::~WebFront() = default;

bool WebFront::is_one_too_many(const core::Endpoint& peer) {
    const std::uint32_t most = config().web.per_address;
    std::uint32_t& count = per_address_[peer.with_port(0)];
    if (most != 0 && count >= most) return true;
    ++count;
    return false;
}

void WebFront::accept(std::shared_ptr<const WebDoor> door, AcceptedClient client) {
    if (is_one_too_many(client.peer)) {
        core::Log(core::Severity::warn, "web_connection_refused")
            .with("peer", client.peer.to_string())
            .with("reason", "per_address")
            .with("remedy", "raise [web] per_address if this is no attack");
        return;
    }
    auto connection = std::make_unique<WebConnection>(*this, std::move(door), std::move(client));
    connection->index = static_cast<std::uint32_t>(connections_.size());
    connections_.push_back(std::move(connection));
    connections_.back()->begin();
}

void WebFront::release(WebConnection& connection) {
    const auto address = per_address_.find(connection.peer().with_port(0));
    if (address != per_address_.end() && --address->second == 0) per_address_.erase(address);
    const std::uint32_t index = connection.index;
    std::unique_ptr<WebConnection> leaving = std::move(connections_[index]);
    if (index + 1 != connections_.size()) {
        connections_[index] = std::move(connections_.back());
        connections_[index]->index = index;
    }
    connections_.pop_back();
    loop().defer_delete(std::move(leaving));
}

void WebFront::shut_down() {
    // Backwards: one that ends at once leaves its place to the last one, which has been told.
    for (std::size_t i = connections_.size(); i-- > 0;) connections_[i]->shut_down();
}

}  // namespace proxy

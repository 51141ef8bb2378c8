#pragma once
// The web listeners of one worker, with their connections. Loop thread only.

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "core/endpoint.h"
#include "proxy/legs/accepted_client.h"
#include "proxy/web/web_connection.h"
#include "proxy/web/web_shared.h"

namespace proxy {

class WebFront final : public WebShared {
public:
    explicit WebFront(Environment environment) : WebShared(std::move(environment)) {}
    ~WebFront();

    /// A place for one more connection; false: there is none, and the log says so. begin() uses it
    /// up.
    bool take_place(const core::Endpoint& client, const WebDoor& door);
    void leave_place(const core::Endpoint& client) { process().connections.leave(client); }
    void begin(std::shared_ptr<const WebDoor> door, AcceptedClient client);
    /// Connections that wait for a request end now, others with their response.
    void shut_down();
    /// Does any of them still have to answer?
    bool is_busy() const;

private:
    void release(WebConnection& connection) override;

    std::vector<std::unique_ptr<WebConnection>> connections_;
};

}  // namespace proxy

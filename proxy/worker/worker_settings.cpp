#include "proxy/worker/worker_settings.h"

#include <utility>

#include "proxy/process/preparation.h"

namespace proxy {

std::vector<WorkerSettings> worker_settings(Preparation made, const Routing& routing) {
    std::vector<WorkerSettings> settings;
    for (std::size_t worker = 0; worker < made.tls.size(); ++worker) {
        WorkerSettings each{.config = made.config,
                            .routing = routing,
                            .tls = std::move(made.tls[worker]),
                            .listeners = {}};
        for (PreparedListener& listener : made.listeners) {
            each.listeners.push_back(
                {listener.settings,
                 listener.sockets.empty() ? core::Fd() : std::move(listener.sockets[worker])});
        }
        settings.push_back(std::move(each));
    }
    return settings;
}

}  // namespace proxy

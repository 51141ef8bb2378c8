#include "backend/node_server.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "backend/ask_store.h"
#include "backend/open_store.h"
#include "core/descriptor_limit.h"
#include "core/event_loop.h"
#include "core/log.h"
#include "core/random_bytes.h"
#include "core/signal_watch.h"
#include "core/timer.h"
#include "core/worker_pool.h"

namespace backend {
namespace {

/// Descriptors that are no streams: of the process, its store, and each node.
constexpr std::uint64_t kReservedDescriptors = 64;
constexpr std::uint64_t kDescriptorsPerNode = 16;
constexpr std::size_t kSaltSecretBytes = 32;
/// How long a stop waits for goodbyes.
constexpr std::chrono::milliseconds kStopPatience{8'000};

/// Streams of one node: each node may hold as many at once.
std::uint32_t session_limit(const conf::NodeConfig& config) {
    const std::uint64_t nodes = config.nodes.size();
    return core::sessions_within_descriptors(
        config.limits.sessions,
        {.reserved = kReservedDescriptors + nodes * kDescriptorsPerNode, .per_session = nodes});
}

/// The nodes with their threads, and main's loop, which hears signals.
class NodeServer {
public:
    NodeServer(const conf::NodeConfig& config, AttachStore attach)
        : config_(config),
          attach_(std::move(attach)),
          threads_(static_cast<unsigned>(config.nodes.size())),
          patience_(loop_, [this] { loop_.stop(); }) {}

    core::Result<void, std::string> start() {
        const std::uint32_t sessions = session_limit(config_);
        // The same at all nodes and for ever: a user who does not exist must look the same each
        // time.
        const auto salt_secret =
            ask_store<SharedSecret>(attach_, NodeName("(start)"), [](Store& store, auto on_shared) {
                store.share_secret("salt", SharedSecret(core::random_bytes(kSaltSecretBytes)),
                                   on_shared);
            });
        if (!salt_secret) return core::fail(salt_secret.error());
        for (unsigned i = 0; i < threads_.size(); ++i) {
            auto node =
                Node::create(threads_.loop(i),
                             {.node = config_.nodes[i],
                              .limits = config_.limits,
                              .sessions = sessions,
                              .salt_secret = SaltSecret(std::string(salt_secret->reveal()))},
                             attach_);
            if (!node) return core::fail(node.error());
            nodes_.push_back(std::move(node).value());
        }
        return {};
    }

    void run() {
        signals_.emplace(
            loop_, core::SignalWatch::Events{.on_stop = [this] { shut_down(); }, .on_hang_up = {}});
        threads_.start();
        core::Log(core::Severity::info, "started")
            .with("version", STANZAGATE_VERSION)
            .with("config", config_.file.string())
            .with("nodes", static_cast<std::uint64_t>(nodes_.size()));
        loop_.run();
        threads_.stop();
        nodes_.clear();
        core::Log(core::Severity::info, "stopped");
    }

private:
    void shut_down() {
        core::Log(core::Severity::info, "stopping");
        patience_.start(kStopPatience);
        running_ = nodes_.size();
        for (unsigned i = 0; i < nodes_.size(); ++i) {
            threads_.loop(i).post([this, node = nodes_[i].get()] {
                node->shut_down([this] { loop_.post([this] { on_node_stopped(); }); });
            });
        }
    }

    void on_node_stopped() {
        if (--running_ == 0) loop_.stop();
    }

    const conf::NodeConfig& config_;
    AttachStore attach_;
    core::EventLoop loop_;
    core::WorkerPool threads_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::optional<core::SignalWatch> signals_;
    core::Timer patience_;
    std::size_t running_ = 0;
};

}  // namespace

int serve_nodes(const conf::NodeConfig& config) {
    core::start_log({.least = config.log.level,
                     .json = config.log.format == conf::LogFormat::json,
                     .file = config.log.file});
    auto attach = open_store(config.store);
    core::Result<void, std::string> started;
    if (attach) {
        NodeServer server(config, std::move(attach).value());
        started = server.start();
        if (started) server.run();
    } else {
        started = core::fail(attach.error());
    }
    if (!started) core::Log(core::Severity::error, "not_started").with("why", started.error());
    core::stop_log();
    return started ? 0 : 1;
}

}  // namespace backend

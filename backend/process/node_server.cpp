#include "backend/process/node_server.h"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <vector>

#include "backend/node/node.h"
#include "backend/process/ask_store.h"
#include "backend/process/open_store.h"
#include "core/descriptor_limit.h"
#include "core/event_loop.h"
#include "core/log.h"
#include "core/random_bytes.h"
#include "core/server_start.h"
#include "core/service_manager.h"
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

/// Without these nothing can be served. Of the process: its log and another while it is opened
/// anew, loop (4), a file being read; its store with what asks it at the start. Of a node: loop
/// (4), listener, store.
constexpr std::uint64_t kLeastOfProcess = 7;
constexpr std::uint64_t kLeastOfStore = 12;
constexpr std::uint64_t kLeastOfNode = 9;

core::Result<void, std::string> enough_descriptors(const conf::NodeConfig& config) {
    const std::uint64_t nodes = config.nodes.size();
    return core::require_descriptors(kLeastOfProcess + kLeastOfStore + nodes * (kLeastOfNode + 1));
}

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
    NodeServer(const conf::NodeConfig& config, AttachStore attach, core::ServiceManager& manager)
        : config_(config),
          attach_(std::move(attach)),
          manager_(manager),
          threads_(static_cast<unsigned>(config.nodes.size())),
          patience_(loop_, [this] { loop_.stop(); }),
          next_life_(loop_, [this] { ask_all_loops(); }) {}

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

    core::Result<void, std::string> run() {
        signals_.emplace(
            loop_, core::SignalWatch::Events{.on_stop = [this] { shut_down(); }, .on_hang_up = {}});
        if (auto started = threads_.start(); !started) return started;
        core::Log(core::Severity::info, "started")
            .with("version", STANZAGATE_VERSION)
            .with("config", config_.file.string())
            .with("nodes", static_cast<std::uint64_t>(nodes_.size()));
        manager_.status("serves " + std::to_string(nodes_.size()) + " nodes");
        manager_.ready();
        if (manager_.watchdog().count() > 0) ask_all_loops();
        loop_.run();
        threads_.stop();
        nodes_.clear();
        core::Log(core::Severity::info, "stopped");
        return {};
    }

private:
    void shut_down() {
        core::Log(core::Severity::info, "stopping");
        manager_.stopping();
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

    /// The service is alive as long as every loop turns.
    void ask_all_loops() {
        silent_ = threads_.size();
        threads_.post_to_all([this](unsigned) { loop_.post([this] { on_loop_answered(); }); });
    }

    void on_loop_answered() {
        if (--silent_ > 0) return;
        manager_.alive();
        // A third of the time: one message may be lost, and a loop may be late.
        next_life_.start(
            std::chrono::duration_cast<std::chrono::milliseconds>(manager_.watchdog() / 3));
    }

    const conf::NodeConfig& config_;
    AttachStore attach_;
    core::ServiceManager& manager_;
    core::EventLoop loop_;
    core::WorkerPool threads_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::optional<core::SignalWatch> signals_;
    core::Timer patience_;
    core::Timer next_life_;
    std::size_t running_ = 0;
    unsigned silent_ = 0;  // loops that have not answered yet
};

core::Result<void, std::string> serve_with_store(const conf::NodeConfig& config,
                                                 core::ServiceManager& manager) try {
    auto attach = open_store(config.store);
    if (!attach) return core::fail(attach.error());
    NodeServer server(config, std::move(attach).value(), manager);
    if (auto started = server.start(); !started) return started;
    return server.run();
} catch (const std::exception& failure) {
    return core::fail(std::string("the system refuses what the nodes need: ") + failure.what() +
                      "; raise its limits (LimitNOFILE, TasksMax)");
}

}  // namespace

int serve_nodes(const conf::NodeConfig& config) {
    // Before the log has a thread, which may look at the environment.
    auto manager = core::ServiceManager::of_environment();
    if (!core::begin_server(enough_descriptors(config),
                            {.least = config.log.level,
                             .json = config.log.format == conf::LogFormat::json,
                             .file = config.log.file}))
        return 1;
    const auto served = serve_with_store(config, manager);
    if (!served) core::log_not_started(served.error());
    core::stop_log();
    return served ? 0 : 1;
}

}  // namespace backend

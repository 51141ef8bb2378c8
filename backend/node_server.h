#pragma once
// The process of `stanzanode run`: the nodes of a file, a loop and a thread for each, on one store;
// signals. Owned by main, on whose thread everything here is called.

#include <string>

#include "backend/node.h"
#include "conf/node_config.h"
#include "core/result.h"

namespace backend {

/// The store that a URL names, opened; nodes are attached to it as long as the function lives.
core::Result<AttachStore, std::string> open_store(const conf::StoreUrl& url);

/// `stanzanode run`: serves until SIGTERM or SIGINT; the process's exit status.
int serve_nodes(const conf::NodeConfig& config);

}  // namespace backend

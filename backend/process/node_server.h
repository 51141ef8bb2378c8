#pragma once
// The process of `stanzanode run`: the nodes of a file, a loop and a thread for each, on one store;
// signals. Owned by main, on whose thread everything here is called.

#include "conf/node_config.h"

namespace backend {

/// `stanzanode run`: serves until SIGTERM or SIGINT; the process's exit status.
int serve_nodes(const conf::NodeConfig& config);

}  // namespace backend

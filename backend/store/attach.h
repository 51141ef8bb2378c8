#pragma once
// How a node gets its store, whichever engine it is.

#include <functional>
#include <memory>

#include "backend/store/store.h"
#include "core/event_loop.h"

namespace backend {

/// Makes the store of the node with that name. Loop and events are the node's and outlive the
/// store; its callbacks come on that loop's thread.
using AttachStore = std::function<std::unique_ptr<Store>(core::EventLoop&, NodeName, StoreEvents&)>;

}  // namespace backend

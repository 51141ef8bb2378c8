#pragma once
// From the URL of [store] to a store that nodes can be attached to, whichever engine it is. Main's
// thread.

#include <string>

#include "backend/store/attach.h"
#include "conf/store_url.h"
#include "core/result.h"

namespace backend {

/// The store, opened; nodes are attached to it as long as the function lives. A Redis must answer
/// now, within some seconds, and be one that loses nothing. The error says in words why not.
core::Result<AttachStore, std::string> open_store(const conf::StoreUrl& url);

}  // namespace backend

#pragma once
// An explanation as a terminal shows it, and as JSON. Pure; any thread.

#include <string>
#include <vector>

#include "proxy/admin/explanation.h"
#include "proxy/admin/views.h"
#include "proxy/pools/pool_status.h"

namespace proxy {

/// `pools`: as they are now, for the states of the backends that it names.
std::string explain_text(const Explanation& explanation, const std::vector<PoolStatus>& pools,
                         ViewTime now);
std::string explain_json(const Explanation& explanation, const std::vector<PoolStatus>& pools,
                         ViewTime now);

}  // namespace proxy

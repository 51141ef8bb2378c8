#pragma once
// [limits.address]: what one subscriber may take. One examination, one thread; the text is pure.

#include <string>

#include "conf/config.h"
#include "conf/findings.h"
#include "conf/toml_node.h"

namespace conf {

/// What is wrong goes to `findings`, and the field keeps its default.
AddressLimits read_address_limits(const TomlNode& table, Findings& findings);

/// "20 in 10m", as the file has it; "" where there is no limit.
std::string failed_logins_text(const AddressLimits& limits);

}  // namespace conf

#pragma once
// Whether the keys and certificates that a configuration names can be used, asked before anything
// is served. Any thread; nothing is kept.

#include <vector>

#include "conf/config.h"
#include "conf/problem.h"

namespace proxy {

/// Loads what a start would load (certificates, keys of tickets and pseudonyms, CA files) from a
/// configuration without errors. An error is what would refuse the start, one for each kind of
/// file; a warning is what would be logged, such as an expired certificate. Their places are files,
/// not lines of the configuration.
std::vector<conf::Problem> check_keys(const conf::Config& config);

}  // namespace proxy

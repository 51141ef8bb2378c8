#pragma once
// Rules that span fields of a node's file, and what the file system says about them. Both add to
// what the reader found and are quiet about fields that it could not read. One examination, one
// thread.

#include "conf/findings.h"
#include "conf/node_config.h"

namespace conf {

/// Names and addresses that must be unique, domains that must be the same, listeners that would
/// show passwords. Pure.
void check_node_fields(const NodeConfig& config, Findings& findings);

/// The folders of store and log: that they are there and may be written.
void check_node_files(const NodeConfig& config, Findings& findings);

}  // namespace conf

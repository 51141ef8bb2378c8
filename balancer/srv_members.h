#pragma once
// Puts what DNS knows of a service in place of the `srv` entries of a pool. Pure; any thread.
// Why: balancer/README.md, "Weights from DNS".

#include <functional>
#include <map>
#include <string>

#include "conf/config.h"
#include "dns/srv.h"

namespace balancer {

using KnownServices = std::map<std::string, dns::SrvSet, std::less<>>;  // by `srv` name

/// The pool with backends that all have an address, in the order of the file: each `srv` entry
/// becomes one backend per record (none while DNS has not said any), named "host:port", for direct
/// TLS "host:port+tls", with the entry's settings, the record's priority, and the weight that
/// Pool::srv_weight names. Records of direct TLS get BackendTls::direct. A record that says the
/// same as one before it, or as a backend with an address of its own, adds nothing.
///
/// RFC 2782 gives records of weight 0 "a very small chance", and ours means none at all: so
/// DNS weights are scaled up together as far as kMaxWeight allows (at most a hundredfold), and 0
/// becomes 1; a tier of nothing but zeros is an even one.
conf::Pool with_services(const conf::Pool& pool, const KnownServices& known);

}  // namespace balancer

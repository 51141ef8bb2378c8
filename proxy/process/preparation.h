#pragma once
// Everything a configuration needs before it may count: certificates, ticket keys, TLS contexts,
// bound sockets, a routing table. At the start and at a reload alike, all of it is made first, so
// that the configuration is applied as a whole or not at all. Control loop's thread.

#include <memory>
#include <string>
#include <vector>

#include "conf/config.h"
#include "core/certificate_store.h"
#include "core/handle.h"
#include "core/result.h"
#include "core/ticket_keys.h"
#include "proxy/pools/pool_control.h"
#include "proxy/process/hand_over.h"
#include "proxy/session/pseudonym.h"
#include "proxy/worker/worker_settings.h"
#include "proxy/worker/worker_tls.h"

namespace proxy {

/// One listener; its sockets, for the workers in turn, or none where it is listening already.
struct PreparedListener {
    conf::Listen settings;
    std::vector<core::Fd> sockets;
};

struct Preparation {
    std::shared_ptr<const conf::Config> config;
    std::shared_ptr<const core::CertificateStore> certificates;
    std::shared_ptr<const core::TicketKeys> ticket_keys;
    std::shared_ptr<const core::TicketKeys> resumption_keys;
    PseudonymKey pseudonym_key;  // empty: that of the process
    PoolControl::Plan plan;
    std::vector<WorkerTls> tls;  // by worker
    std::vector<PreparedListener> listeners;
};

/// What a reload finds in use and keeps; at a start, what the process gives whose place is taken.
struct InUse {
    std::shared_ptr<const conf::Config> config;                            // null at the start
    std::shared_ptr<const core::TicketKeys> ticket_keys;                   // null at the start
    std::shared_ptr<const core::TicketKeys> resumption_keys = nullptr;     // the same
    std::shared_ptr<const core::CertificateStore> certificates = nullptr;  // the same
    std::vector<HandedSocket>* handed = nullptr;  // sockets that listen already; those used go
};

/// Makes all of it, or says in one sentence what failed and what to do. Nothing but the bound
/// sockets can be seen from outside, and dropping the preparation closes them.
core::Result<Preparation, std::string> prepare(std::shared_ptr<const conf::Config> config,
                                               const InUse& in_use, PoolControl& control,
                                               unsigned workers);

/// A preparation shared out, one for each worker; `routing` is what its plan has become.
std::vector<WorkerSettings> worker_settings(Preparation made, const Routing& routing);

}  // namespace proxy

#pragma once
// What all links of one worker share; outlives them. Its worker's thread only.

#include <memory>

#include "balancer/patience.h"
#include "balancer/router.h"
#include "core/connection.h"
#include "core/event_loop.h"
#include "dns/address_resolver.h"
#include "proxy/legs/backend_tls.h"
#include "proxy/legs/connect_counts.h"
#include "proxy/legs/hedge_counts.h"
#include "proxy/legs/own_addresses.h"
#include "proxy/legs/passive_reports.h"
#include "proxy/legs/silent_witnesses.h"
#include "xmpp/stream_scanner.h"

namespace proxy {

struct LinkEnvironment {
    core::EventLoop& loop;
    balancer::Router& router;
    xmpp::ScanWorkPool& scan_work;
    PassiveReports& reports;
    core::Watermarks watermarks;
    BackendTls* tls = nullptr;                       // as the configuration has it now; never null
    std::shared_ptr<const OwnAddresses> own;         // never null
    std::shared_ptr<dns::AddressResolver> resolver;  // never null
    std::shared_ptr<HedgeCounts> hedges = std::make_shared<HedgeCounts>();  // of the process
    std::shared_ptr<ConnectCounts> connects = std::make_shared<ConnectCounts>();
    balancer::Patience patience{};
    SilentWitnesses witnesses{loop, router, reports, patience};
};

}  // namespace proxy

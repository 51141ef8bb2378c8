#pragma once
// The configuration of stanzanode as plain values, immutable once loaded. conf/load_nodes makes it
// from TOML, conf/check_nodes applies the rules that span fields. Any thread. Defaults stand here,
// once; the reference in conf/node.example.toml is tested against them.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "conf/config.h"
#include "conf/store_url.h"
#include "core/address_block.h"
#include "core/endpoint.h"
#include "xmpp/limits.h"

namespace conf {

/// Whether a connection begins with a PROXY header: always, and only from a trusted proxy; or
/// never.
enum class NodeProxy : std::uint8_t { required, off };

/// One node of the cluster: a listener with a loop and a thread of its own.
struct NodeTable {
    std::string name;  // unique in the cluster: it names the owner of sessions in the store
    core::Endpoint listen;
    std::vector<std::string> domains;  // prepared, the same on all nodes of a file
    std::vector<core::AddressBlock> trusted_proxies{*core::AddressBlock::parse("127.0.0.0/8"),
                                                    *core::AddressBlock::parse("::1")};
    NodeProxy proxy = NodeProxy::required;
    int backlog = 4096;  // connections the kernel holds before accept
    friend bool operator==(const NodeTable&, const NodeTable&) = default;
};

struct NodeLimits {
    std::chrono::milliseconds login{30'000};    // absolute, from accept to a bound resource
    std::chrono::milliseconds close{5'000};     // from our </stream:stream> to the client's
    std::chrono::milliseconds silence{60'000};  // of a client that is asked for an acknowledgement
    std::chrono::seconds resume{600};           // most that a lost session waits for its client
    std::uint32_t stanza = xmpp::kStanzaBytes;  // bytes, after login
    std::uint32_t depth = 100;                  // open elements, the first-level one included
    std::uint32_t attributes = 64;              // of one start tag
    std::uint32_t sessions = 0;                 // streams of one node; 0: as descriptors allow
    std::uint32_t buffer_high = 256 * 1024;  // waiting for a slow client: it is not read any more
    std::uint32_t buffer_low = 64 * 1024;    // and read again below this
    friend bool operator==(const NodeLimits&, const NodeLimits&) = default;
};

struct NodeConfig {
    std::filesystem::path file;
    std::vector<NodeTable> nodes;
    StoreUrl store;  // [store] url
    NodeLimits limits;
    Log log;
    friend bool operator==(const NodeConfig&, const NodeConfig&) = default;
};

}  // namespace conf

#pragma once
// The arguments of load_client, with their defaults.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/endpoint.h"

namespace bench {

enum class LoadMode : std::uint8_t { idle, stanzas, logins, arrivals };

/// So many clients a second for so long.
struct LoadPhase {
    std::uint32_t rate = 0;
    std::uint32_t seconds = 0;
};

struct LoadOptions {
    LoadMode mode = LoadMode::idle;
    core::Endpoint target;
    std::vector<std::uint32_t> sessions = {500};  // idle: the steps
    std::uint32_t size = 200;                     // bytes of a message
    std::uint32_t seconds = 0;                    // of the measured phase; 0: --count alone ends it
    std::uint32_t count = 0;                      // messages or logins; 0: --seconds alone ends it
    std::uint32_t in_flight = 1;                  // messages per session without their echo
    std::uint32_t warmup = 0;                     // seconds before the measured phase
    std::uint32_t concurrency = 16;               // logins at the same time
    std::vector<LoadPhase> phases = {};           // arrivals
    std::uint32_t patience = 10;                  // arrivals: seconds until a client gives up
    std::uint32_t timeout = 120;                  // seconds; of the whole run
    std::uint64_t seed = 1;
    std::string domain = "example.org";
    std::string tls = "1.3";  // or 1.2, with a --cipher that fits
    std::string cipher = "TLS_AES_256_GCM_SHA384";
    std::string websocket = {};  // the path of one; empty: direct TLS
    bool wait = false;           // for a line on standard input at every "ready"
};

/// Reads "MODE --name value ... --wait", the program's name left off. Throws std::invalid_argument
/// with a sentence that says what is wrong.
LoadOptions parse_load_options(std::span<const char* const> arguments);

}  // namespace bench

#pragma once
// TLS handshakes of a loop's servers, as they end. Counted by the loop's thread; any thread reads.

#include <array>

#include "core/count.h"

namespace core {

struct TlsCounts {
    struct OfVersion {
        Count full;
        Count resumed;
    };
    OfVersion tls12;
    OfVersion tls13;
    Count failed;
};

}  // namespace core

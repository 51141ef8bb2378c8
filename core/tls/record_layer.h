#pragma once
// Who opens and seals the TLS records of a connection whose handshake is complete.

#include <cstdint>

namespace core {

enum class RecordLayer : std::uint8_t {
    openssl,
    compact,  // tls_records.h, where what was agreed on allows it
};

}  // namespace core

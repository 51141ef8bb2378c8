#pragma once
// What a client says, read out of any bytes: each step is honest, odd or hostile. So a test and a
// fuzzer can let OpenSSL and our records hear the same.

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/core/tls/client_sealer.h"

namespace core::test {

class HostileScript {
public:
    HostileScript(std::string_view script, TlsVersion version)
        : script_(script), is_tls13_(version == TlsVersion::tls13) {}

    std::string wire(ClientSealer& client) {
        std::string wire;
        while (!script_.empty()) wire += step(client);
        return wire;
    }

private:
    std::uint8_t next() {
        if (script_.empty()) return 0;
        const auto byte = static_cast<std::uint8_t>(script_.front());
        script_.remove_prefix(1);
        return byte;
    }
    std::string next_bytes(std::size_t most) {
        const std::size_t size =
            std::min<std::size_t>(script_.size(), most == 0 ? 0 : next() % most);
        std::string bytes(script_.substr(0, std::min(size, script_.size())));
        script_.remove_prefix(bytes.size());
        return bytes;
    }
    std::string step(ClientSealer& client) {
        switch (next() % 10) {
            case 0: return client.data(std::string(1 + next(), 'x'));
            case 1: return client.data(std::string(std::size_t{next()} * 65, 'y'));
            case 2: return client.data("");
            case 3: return client.record(21, {"\x01\x5a", 2});
            case 4: return key_update(client);
            case 5: return handshake_piece(client);
            case 6: {
                const int type = next();
                return client.record(type == 22 ? 23 : type, next_bytes(8));
            }
            case 7: return is_tls13_ ? client.inner(next_bytes(40)) : client.data(next_bytes(40));
            case 8: {
                std::string record = client.data(next_bytes(20));
                const std::size_t bit = next() % (8 * record.size());
                // Not its length: what OpenSSL has not seen whole it does not judge.
                if (bit / 8 != 3 && bit / 8 != 4 && (is_tls13_ || bit / 8 > 4))
                    record[bit / 8] = static_cast<char>(record[bit / 8] ^ 1 << bit % 8);
                return record;
            }
            default: return client.record(21, {next() % 4 == 0 ? "\x01\x00" : "\x02\x28", 2});
        }
    }
    std::string key_update(ClientSealer& client) {
        if (!is_tls13_) return client.data("z");
        const int request = next() % 3;
        is_asked_ = is_asked_ || request == 1;
        return client.key_update(request);
    }
    std::string handshake_piece(ClientSealer& client) {
        // In TLS 1.2 it asks for renegotiation: OpenSSL would begin one. And while OpenSSL owes an
        // answer to a key update, it leaves a message lie until more comes.
        return is_tls13_ && !is_asked_ ? client.record(22, next_bytes(8)) : client.data("");
    }

    std::string_view script_;
    bool is_tls13_;
    bool is_asked_ = false;
};

}  // namespace core::test

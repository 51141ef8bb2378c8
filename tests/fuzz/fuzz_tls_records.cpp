// Aim: whatever a client says after the handshake, OpenSSL and our records hear the same bytes and
// the same end, however it is cut; and what we seal behind it OpenSSL opens.

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/tls/tls_records.h"
#include "tests/core/tls/client_sealer.h"
#include "tests/core/tls/hostile_script.h"
#include "tests/core/tls/tls_pair.h"
#include "tests/fuzz/require.h"

namespace {

using core::RecordSuite;
using core::TlsRecords;
using core::TlsVersion;
using core::test::TlsPair;
using fuzz::require;
using What = TlsRecords::Opened::What;

struct Heard {
    std::string data;
    int alert = -1;
    What end = What::incomplete;
    std::string_view why;
    bool operator==(const Heard&) const = default;
};

std::string read_from(SSL* ssl) {
    std::string all;
    std::array<char, 16 * 1024> piece{};
    for (int got = 0; (got = SSL_read(ssl, piece.data(), static_cast<int>(piece.size()))) > 0;)
        all.append(piece.data(), static_cast<std::size_t>(got));
    return all;
}

/// Shown in windows that grow by `step` bytes.
Heard hear(TlsRecords& records, core::RecordCiphers& ciphers, std::string_view wire,
           std::size_t step) {
    static std::array<char, TlsRecords::kMostPlain + 256> plain;
    Heard heard;
    std::size_t done = 0;
    for (std::size_t shown = 0; shown < wire.size();) {
        shown = std::min(wire.size(), shown + step);
        for (;;) {
            const auto opened =
                records.open(wire.substr(done, shown - done), plain.data(), ciphers);
            require(opened.plain <= TlsRecords::kMostPlain);
            require(opened.what == What::data || opened.plain == 0);
            heard.data.append(plain.data(), opened.plain);
            done += opened.consumed;
            if (opened.what == What::incomplete) break;
            if (opened.what == What::data || opened.what == What::control) continue;
            heard.end = opened.what;
            heard.why = opened.why;
            if (opened.what == What::refused) heard.alert = static_cast<int>(opened.alert);
            return heard;
        }
    }
    return heard;
}

int heard_alert = -1;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const TlsVersion version = data[0] % 2 == 0 ? TlsVersion::tls13 : TlsVersion::tls12;
    TlsPair pair({version, static_cast<RecordSuite>(data[0] / 2 % 3), data[0] / 6 % 5});
    const std::string_view script(reinterpret_cast<const char*>(data) + 2, size - 2);
    core::test::ClientSealer client(pair.start());
    const std::string wire = core::test::HostileScript(script, version).wire(client);

    core::RecordCiphers ciphers;
    TlsRecords whole(pair.start());
    TlsRecords dripped(pair.start());
    const Heard heard = hear(whole, ciphers, wire, wire.size());
    require(heard == hear(dripped, ciphers, wire, 1U + data[1]));
    // OpenSSL counts them anew when an alert comes between.
    if (heard.why == "too many records without data") return 0;

    TlsPair::give(pair.server(), wire);
    require(read_from(pair.server()) == heard.data);
    heard_alert = -1;
    SSL_set_info_callback(pair.client(), [](const SSL*, int where, int what) {
        if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT) heard_alert = what & 0xff;
    });
    if (heard.end == What::incomplete) {
        std::vector<char> sealed;
        require(whole.seal(std::string(100, 'z'), sealed, ciphers));
        TlsPair::give(pair.client(), {sealed.data(), sealed.size()});
        require(read_from(pair.client()) == std::string(100, 'z'));
        return 0;
    }
    TlsPair::give(pair.client(), TlsPair::taken(pair.server()));
    read_from(pair.client());
    require(heard_alert == heard.alert);
    return 0;
}

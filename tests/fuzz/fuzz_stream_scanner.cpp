// Any bytes, as a whole stream and behind a usual header: the scanner agrees with Expat and with
// itself.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/support/expat_oracle.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::string_view kHeader =
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    for (const std::string& input : {bytes, std::string(kHeader) + bytes}) {
        const std::string disagreement = xmpp::test::disagreement(input);
        if (disagreement.empty()) continue;
        std::fprintf(stderr, "%s: %s\n", disagreement.c_str(), input.c_str());
        std::abort();
    }
    return 0;
}

// Aim: any bytes are read as frames within bounds and alike for every cut, in place and not; and
// what a client writes comes out as it was, however it is cut into fragments.

#include <cstdint>
#include <string>
#include <string_view>

#include "http/utf8_check.h"
#include "tests/fuzz/require.h"
#include "tests/support/client_frames.h"
#include "tests/support/cuts.h"
#include "tests/support/websocket_feed.h"

namespace {

using fuzz::require;
using test::read_frames;

constexpr std::uint32_t kMost = 300;

void check_any_bytes(std::string_view bytes) {
    const std::string whole = read_frames({bytes}, kMost, false);
    require(read_frames({bytes}, kMost, true) == whole);
    for (const std::size_t step : {1, 2, 5, 64}) {
        require(read_frames(test::cut_every(bytes, step), kMost, false) == whole);
        require(read_frames(test::cut_every(bytes, step), kMost, true) == whole);
    }
}

/// The bytes as text of a client, in fragments of `step` bytes.
void check_fragments(std::string_view text, std::size_t step) {
    std::string bytes = test::client_frame(0x01, "");
    for (const std::string_view piece : test::cut_every(text, step))
        bytes += test::client_frame(0x00, piece);
    bytes += test::client_frame(0x80, "");
    const std::string expected = text.size() > kMost   ? "violation:1009;"
                                 : http::is_utf8(text) ? "text:" + std::string(text) + ";"
                                                       : "violation:1007;";
    const std::string read = read_frames({bytes}, kMost, true);
    // Of a long text that is no UTF-8, either may be seen first.
    require(read == expected || (text.size() > kMost && read == "violation:1007;"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    check_any_bytes(bytes);
    for (const std::size_t step : {1, 3, 8, 100}) check_fragments(bytes, step);
    return 0;
}

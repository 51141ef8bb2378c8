// Aim: any bytes are read within bounds; a name that is found is all but the head of them, in lower
// case, and is none any more when a byte is missing or one more is there.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/tls_server_name.h"
#include "tests/fuzz/require.h"

using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kHead = 5;
    const auto name = core::server_name({data, size});
    if (!name) return 0;
    require(!name->empty() && name->size() + kHead == size);
    require(std::none_of(name->begin(), name->end(), [](char c) { return c >= 'A' && c <= 'Z'; }));
    require(!core::server_name({data, size - 1}));
    std::vector<std::uint8_t> longer(data, data + size);
    longer.push_back(0);
    require(!core::server_name(longer));
    return 0;
}

// Aim: any bytes are read within bounds; what is taken is within the stated limits, holds only host
// names, and is no answer any more when its last byte is missing.

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "dns/srv_answer.h"
#include "tests/fuzz/require.h"

namespace {

using fuzz::require;

bool is_host_name(std::string_view name) {
    return !name.empty() && name.size() <= 253 &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") == name.npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::string_view kName = "_xmpp-client._tcp.example";
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto answer = dns::read_srv_answer(bytes, kName);
    if (!answer) {
        require(!to_string(answer.error()).empty());
        return 0;
    }
    const auto& [set, ttl] = *answer;
    require(ttl.count() >= 0 && ttl.count() < INT64_C(1) << 31);
    require(set.records.size() <= dns::kSrvRecordsMax);
    require(set.records.empty() == (set.service != dns::Service::offered));
    require(std::is_sorted(set.records.begin(), set.records.end()));
    for (const auto& record : set.records) require(is_host_name(record.target));
    require(!dns::read_srv_answer(bytes.substr(0, size - 1), kName).has_value());
    return 0;
}

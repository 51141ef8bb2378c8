// Aim: whatever a forwarded body begins with, its sid is the same however much of it has come, and
// lies in what has come. The same bytes as a query give a value that is one however it is written.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/hex.h"
#include "proxy/web/body_sid.h"
#include "proxy/web/forward_choice.h"
#include "tests/fuzz/require.h"

namespace {

using fuzz::require;
using proxy::BodySid;

void check_sid(std::string_view start) {
    const BodySid found = proxy::find_body_sid(start);
    if (found.kind == BodySid::Kind::need_more) return;
    require(found.kind == BodySid::Kind::none || !found.sid.empty());
    for (const std::string_view more : {" ", "'", "\"/>", "<body sid='x'>"}) {
        const std::string longer = std::string(start).append(more);
        const BodySid again = proxy::find_body_sid(longer);
        require(again.kind == found.kind && again.sid == found.sid);
    }
    if (found.kind == BodySid::Kind::found)
        require(found.sid.data() >= start.data() &&
                found.sid.data() + found.sid.size() <= start.data() + start.size());
}

void check_query(std::string_view query) {
    const auto value = proxy::query_value(query, "room");
    if (!value) return;
    std::string written = "room=";
    for (const char byte : *value) written += "%" + core::hex(std::string_view(&byte, 1));
    require(proxy::query_value(written, "room") == value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    check_sid(bytes);
    check_query(bytes);
    return 0;
}
